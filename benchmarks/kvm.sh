#!/usr/bin/env bash
# Measure all isolations on this machine, and say whether its micro-VMs really ran on KVM.
#
#   sudo benchmarks/kvm.sh [--quick] [FOLDER]      default folder: kvm-figures
#
# Run it on a machine with hardware virtualisation, after ./scripts/setup and with nothing
# else to do, to replace the estimates in docs/explanation/micro-vms-on-kvm.md by figures.
# It writes FOLDER/figures.json and FOLDER/figures.md.
#
# Exit code: 0 when the micro-VMs ran on KVM; 1 when they were emulated or did not run at
# all, after both files are written; else what `carrel bench` ended with.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
quick=()
if [[ ${1:-} == --quick ]]; then
    quick=(--quick)
    shift
fi
folder=${1:-kvm-figures}

say() { printf 'kvm: %s\n' "$*" >&2; }
die() {
    say "$*"
    exit 2
}

((EUID == 0)) || die "sandboxes need root: sudo $0"
(($# <= 1)) && [[ $folder != -* ]] || die "usage: $0 [--quick] [FOLDER]"
[[ -x $root/.venv/bin/carrel ]] || die "carrel is not set up here: run ./scripts/setup first"

# Neither proves that KVM works (a nested or para-virtual one may hang): the figures will.
grep -qE '^flags.*\<(vmx|svm)\>' /proc/cpuinfo ||
    say "this CPU shows neither vmx nor svm: expect emulation"
[[ -w /dev/kvm ]] || say "/dev/kvm cannot be written: expect emulation (modprobe kvm_intel or kvm_amd)"

mkdir -p "$folder"
"$root/.venv/bin/carrel" bench --isolation all --json "${quick[@]}" >"$folder/figures.json"
status=0
"$root/.venv/bin/python" - "$folder" <<'PYTHON' || status=$?
import json, sys
from pathlib import Path

from carrel.bench.report import markdown, why_not_kvm

folder = Path(sys.argv[1])
report = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
(folder / "figures.md").write_text(markdown(report), encoding="utf-8")
sys.exit(f"kvm: {why}" if (why := why_not_kvm(report)) else 0)
PYTHON
((status)) || say "the micro-VMs ran on KVM"
say "wrote $folder/figures.json and $folder/figures.md"
exit "$status"
