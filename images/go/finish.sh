#!/bin/sh
# Compile the standard library once. `go build` would look at hundreds of files to find that
# out again for each program: the compiler and the linker are called as it would call them.
set -eu

root=$(go env GOROOT)
tools=$(go env GOTOOLDIR)
place=/opt/carrel/go
mkdir -p "$place/packages" /tmp/finish
export GOCACHE=/tmp/finish/cache GOFLAGS=-trimpath CGO_ENABLED=0

# Where each compiled package is: all of them for the linker, and for the compiler those that
# a program may import.
go list -export -f '{{if .Export}}{{.ImportPath}} {{.Export}}{{end}}' std >/tmp/finish/list
while read -r package archive; do
    file=$place/packages/$package.a
    mkdir -p "$(dirname "$file")"
    install -m 0644 "$archive" "$file"
    echo "packagefile $package=$file" >>"$place/link.cfg"
    case /$package/ in
        */internal/* | /vendor/*) ;;
        *) echo "packagefile $package=$file" >>"$place/import.cfg" ;;
    esac
done </tmp/finish/list
grep -q '^packagefile fmt=' "$place/import.cfg"

cat >/usr/local/bin/carrel-go-build <<BUILD
#!/bin/sh
# carrel-go-build SOURCE PROGRAM: as \`go build\` does for one file.
set -e
$tools/compile -p main -complete -lang=go1.24 -importcfg $place/import.cfg -pack -o "\$2.a" "\$1"
$tools/link -importcfg $place/link.cfg -buildmode=exe -s -w -o "\$2" "\$2.a"
rm -f "\$2.a"
BUILD
chmod 0755 /usr/local/bin/carrel-go-build

cd /tmp/finish
printf 'package main\n\nimport (\n\t"fmt"\n\t"net/http"\n)\n\nfunc main() { fmt.Println(http.StatusOK) }\n' >ready.go
carrel-go-build ready.go ready
test "$(./ready)" = 200

# What is left is for building the library and for other ways to build.
cd /
rm -rf /tmp/finish "$root/test" "$root/api"
for tool in "$tools"/*; do
    case ${tool##*/} in
        compile | link | vet | asm) ;;
        *) rm -f "$tool" ;;
    esac
done
