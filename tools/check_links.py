#!/usr/bin/env python3
"""Checks that relative links in Markdown files lead to a file, and their anchors to a heading."""
import re
import sys
import urllib.parse

from source_files import ROOT, source_files

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"#{1,6}\s+(.*?)\s*#*$")
CODE = re.compile(r"`[^`]*`")


def text_lines(path):
    """(number, line) outside of fenced code."""
    fenced = False
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        elif not fenced:
            yield number, line


def anchors(path):
    """The anchors of a file's headings, as GitHub makes them."""
    found = set()
    for _, line in text_lines(path):
        match = HEADING.match(line)
        if match:
            slug = re.sub(r"[^\w\- ]", "", match.group(1).lower()).replace(" ", "-")
            number = 0
            while (slug if number == 0 else f"{slug}-{number}") in found:
                number += 1
            found.add(slug if number == 0 else f"{slug}-{number}")
    return found


def faults_of(path):
    for number, line in text_lines(path):
        for link in LINK.findall(CODE.sub("", line)):
            if re.match(r"[a-z][a-z0-9+.-]*:", link):
                continue
            target, _, anchor = urllib.parse.unquote(link).partition("#")
            place = f"{path.relative_to(ROOT)}:{number}"
            file = (path.parent / target).resolve() if target else path
            if not file.exists():
                yield f"{place}: '{link}' leads nowhere"
            elif anchor and file.suffix == ".md" and anchor not in anchors(file):
                yield f"{place}: '{link}': no such heading"


def main():
    paths = source_files(".md")
    faults = [fault for path in paths for fault in faults_of(path)]
    for fault in faults:
        print(fault)
    print(f"{len(paths)} files, {len(faults)} broken links")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
