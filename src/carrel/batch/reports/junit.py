"""The results as JUnit XML: a suite per student, a case per test."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from xml.sax.saxutils import quoteattr

from carrel.batch.records import GradeRecord, words
from carrel.batch.reports.writing import whole_file
from carrel.batch.results import Result, Results
from carrel.batch.rows import Status

_INVALID = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(results: Results, path: Path) -> None:
    """Write the suites one after the other."""
    with whole_file(path) as file:
        file.write('<?xml version="1.0" encoding="utf-8"?>\n')
        file.write(f"<testsuites name={quoteattr(valid(results.about.exercise))}>\n")
        for result in results:
            suite = _suite(result, results.about.exercise)
            file.write(ET.tostring(suite, encoding="unicode") + "\n")
        file.write("</testsuites>\n")


def valid(text: str) -> str:
    """Return a text without the characters that XML cannot hold; they are shown escaped."""
    return _INVALID.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def _suite(result: Result, exercise: str) -> ET.Element:
    student = result.row.student
    record = result.grade.teacher if result.grade else None
    suite = ET.Element("testsuite", name=valid(student.id))
    properties = ET.SubElement(suite, "properties")
    known = {"name": student.name, "email": student.email, "section": student.section}
    if record is not None:
        known |= {"points": f"{record.earned:g}", "of": f"{record.total:g}"}
    for name, value in known.items():
        ET.SubElement(properties, "property", name=name, value=valid(value))
    if record is None:
        _without_grade(suite, result, exercise)
    else:
        _cases(suite, record, exercise)
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(len(suite.findall(f"testcase/{tag}"))))
    suite.set("tests", str(len(suite.findall("testcase"))))
    return suite


def _without_grade(suite: ET.Element, result: Result, exercise: str) -> None:
    row = result.row
    case = ET.SubElement(suite, "testcase", name="submission", classname=valid(exercise))
    tag = "skipped" if row.status is Status.MISSING else "error"
    ET.SubElement(case, tag, message=valid(f"{row.status}: {row.note}".rstrip(": ")))


def _cases(suite: ET.Element, record: GradeRecord, exercise: str) -> None:
    for test in record.tests:
        seconds = test.details.wall_ms / 1000 if test.details else 0.0
        case = ET.SubElement(
            suite,
            "testcase",
            name=valid(test.name),
            classname=valid(exercise),
            time=f"{seconds:.3f}",
        )
        if test.verdict != "accepted":
            failure = ET.SubElement(
                case, "failure", type=test.verdict, message=valid(words(test.verdict))
            )
            failure.text = valid(test.sentence)
            if record.compile_message is not None:
                failure.text = valid(record.compile_message)
