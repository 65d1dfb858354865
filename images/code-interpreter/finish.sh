#!/bin/sh
# Make what is imported at first use ready, and leave out what only packagers need.
set -eu
cd /usr/local/lib/python3.11/dist-packages

# Their own tests are a third of the files.
rm -rf pandas/tests matplotlib/tests mpl_toolkits/*/tests fontTools/ufoLib/test*
find numpy -type d -name tests -prune -exec rm -rf {} +

# The one program among the wheels.
mv bin/ruff /usr/local/bin/ruff
rmdir bin
ruff --version

printf '#!/bin/sh\nexec python3 -m pytest "$@"\n' >/usr/local/bin/pytest
chmod 0755 /usr/local/bin/pytest

# A sandbox starts without a home of its own: matplotlib would look for fonts at every first
# import. It finds the list that was made here instead.
python3 - <<'PYTHON'
import os
import pathlib
import tempfile

place = pathlib.Path("matplotlib/font_manager.py")
plain = "    fm = FontManager()\n    json_dump(fm, fm_path)\n"
ready = (
    '    try:\n        return json_load(Path(__file__).with_name("fontlist.json"))\n'
    "    except OSError:\n        pass\n"
)
source = place.read_text()
if source.count(plain) != 1:
    raise SystemExit("matplotlib loads its list of fonts in another way now: adapt finish.sh")
place.write_text(source.replace(plain, ready + plain))
with tempfile.TemporaryDirectory() as folder:
    os.environ["MPLCONFIGDIR"] = folder
    from matplotlib import font_manager

    font_manager.json_dump(font_manager.fontManager, "matplotlib/fontlist.json")
PYTHON
chmod 0644 matplotlib/fontlist.json
HOME=/nonexistent MPLCONFIGDIR=/tmp/empty python3 -c '
import matplotlib.pyplot, pathlib
assert not list(pathlib.Path("/tmp/empty").glob("fontlist*")), "the list of fonts is not used"'
