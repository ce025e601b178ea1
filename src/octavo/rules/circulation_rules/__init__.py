"""The language in which a library says which policies apply to whom and what (FOLIO mod-circulation).

`compile_rules` reads a text, `Rules.match` answers in microseconds.
"""

from octavo.rules.circulation_rules.errors import RulesError
from octavo.rules.circulation_rules.matcher import Facts, Match, PolicyReference, Rules, compile_rules, match_of
from octavo.rules.circulation_rules.syntax import Rule

__all__ = ["Facts", "Match", "PolicyReference", "Rule", "Rules", "RulesError", "compile_rules", "match_of"]
