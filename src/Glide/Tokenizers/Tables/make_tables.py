"""Writes the tables beside it from what Python's standard library knows; Python 3.11 has Unicode 14."""

import html.entities
import pathlib
import unicodedata

FOLDER = pathlib.Path(__file__).parent


def codes(text):
    return " ".join(f"{ord(character):X}" for character in text)


def write(name, lines):
    (FOLDER / name).write_text("".join(line + "\n" for line in lines), encoding="ascii")


# D: a canonical decomposition that is composed again. S: one that is not. C: combining classes of a range.
def normalization():
    for character in map(chr, range(0x110000)):
        decomposition = unicodedata.decomposition(character)
        if decomposition and not decomposition.startswith("<"):
            kind = "D" if unicodedata.normalize("NFC", character) == character else "S"
            parts = "".join(chr(int(code, 16)) for code in decomposition.split())
            yield f"{kind} {codes(character)} {codes(parts)}"
    first = 0
    for last in range(0x110000):
        combining = unicodedata.combining(chr(last))
        if last + 1 == 0x110000 or unicodedata.combining(chr(last + 1)) != combining:
            if combining:
                yield f"C {first:X} {last:X} {combining}"
            first = last + 1


# Full-width and half-width forms, as NFKC folds them.
def widths():
    yield "3000 20"
    for character in map(chr, range(0xFF01, 0xFFF0)):
        folded = unicodedata.normalize("NFKC", character)
        if folded != character:
            yield f"{codes(character)} {codes(folded)}"


def entities():
    for name, text in sorted(html.entities.html5.items()):
        yield f"{name} {codes(text)}"


write("normalization.txt", normalization())
write("widths.txt", widths())
write("entities.txt", entities())
