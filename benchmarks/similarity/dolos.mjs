// Runs Dolos on folders: reads {"folders", "language"} from standard input, writes
// {"scores": {folder: [[a, b, similarity], …]}, "seconds", "megabytes"}.
// Started in a folder in which @dodona/dolos-lib is installed.
import fs from "fs";
import path from "path";
import { createRequire } from "module";
import { pathToFileURL } from "url";

const require = createRequire(path.join(process.cwd(), "x.js"));
const { Dolos } = await import(pathToFileURL(require.resolve("@dodona/dolos-lib")));
const job = JSON.parse(fs.readFileSync(0, "utf8"));
async function run(folder) {
  const files = fs.readdirSync(folder).sort().map((name) => path.join(folder, name));
  const report = await new Dolos({ language: job.language }).analyzePaths(files);
  return report.allPairs().map((pair) => [
    path.basename(pair.leftFile.path),
    path.basename(pair.rightFile.path),
    pair.similarity,
  ]);
}
await run(job.folders[0]);
const started = process.hrtime.bigint();
const scores = {};
for (const folder of job.folders) scores[folder] = await run(folder);
const seconds = Number(process.hrtime.bigint() - started) / 1e9;
const megabytes = process.resourceUsage().maxRSS / 1024;
fs.writeFileSync(1, JSON.stringify({ scores, seconds, megabytes }));
