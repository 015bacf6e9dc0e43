"""The two levels of alarm, and whether somebody's words name a sign of one. Pure.

Forgiving: accents, case, apostrophes and the order of words don't count, nor does the language of the page.
It errs to the safe side on purpose: 'no trouble breathing' counts as a sign, because to tell it from 'no,
trouble breathing' takes a person. What it gets wrong costs a call; a sign that it misses may cost a life.
"""

import re
import unicodedata
from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    """What somebody with a sign was told to do, the worst first."""

    CALL_911 = "call_911", _("Told to call 911")
    CALL_US = "call_us", _("Told to call us now")


# Beside these an organ's name is a complaint. Plain spelling: see `plain`.
_TROUBLE = (
    r"(?:trouble|troubles|difficult\w*|hard|harder|problems?|issues?|struggl\w*|hardly|barely|hurts?"
    r"|pain\w*|unable|not able|cant|cannot|can not|couldnt|could not)"
)
_PROBLEMA = (
    r"(?:no puedo|no podia|no logro|no consigo|no me deja|me cuesta|cuesta|dificil\w*|dificultad\w*"
    r"|problemas?|trabajo|batallo|trabajos)"
)
# Who can't talk at work, before noon or in English has no sign.
_NOT_A_SIGN = (
    r"(?! (?:on|at|before|until|till|while|during|with|to|about|in|english|spanish|much|by|ingles|espanol"
    r"|por|con|antes|hasta|en|mientras|a|de|sobre|desde|cuando|\d\w*)\b)"
)
_GAP = r"(?: \w+){0,4} "
_LID = r"(?:eye ?lids?|eyes?|lids?|brows?|parpados?|ojos?|cejas?)"
_FALLS = r"(?:fall\w*|fell|sag\w*|heavy|low|lower|down|closed?|closing|shut|hang\w*|wont open|doesnt open)"
_CAE = r"(?:caid[oa]s?|cae\w*|cayo|cayendo|colga\w*|colgado|pesad[oa]s?|cerrad[oa]s?|no abre)"

_SIGNS: dict[Level, tuple[str, ...]] = {
    Level.CALL_911: (
        r"sw[ao]l+ow\w*",
        r"dysphag\w*",
        r"chok(?:e|es|ed|ing)",
        r"gag(?:s|ging)",
        r"bre?a?th(?:e|es|ed|ing|in|less\w*)",
        r"breating",
        r"(?:short\w*|out) of breath?e?",
        rf"{_TROUBLE}(?: to| with| my| of| catching| a){{0,3}} breath",
        r"gasp\w*",
        r"wheez\w*",
        r"suffocat\w*",
        r"no air",
        r"(?:get|getting|enough) air",
        r"dyspn\w*",
        rf"{_TROUBLE}(?: to| with| my| with my)? (?:speak|talk)(?:ing)?{_NOT_A_SIGN}",
        rf"(?:speech|speaking|talking){_GAP}?(?:{_TROUBLE}|slow|weird|strange|funny|slurr\w*)",
        rf"{_TROUBLE}{_GAP}?speech",
        r"slur\w*",
        r"dysarthr\w*",
        r"throat(?: \w+){0,3} (?:clos\w*|tight\w*|swell\w*|swollen|stuck)",
        r"(?:tight|swollen|closed|closing|stuck in (?:my|the)) throat",
        r"tongue(?: \w+){0,3} (?:swell\w*|swollen|thick)",
        r"tragar\w*",
        rf"(?:no|{_PROBLEMA})(?: \w+){{0,2}} tragu?[oae]",
        r"trago(?: \w+){0,2} (?:mal|bien|con)",
        r"disfagia",
        r"deglut\w*",
        r"atragant\w*",
        r"respir\w*",
        r"(?:falta|faltando|sin|poco)(?: \w+){0,2} aire",
        r"(?:aire|aliento) me falta",
        r"ahog\w*",
        r"asfixi\w*",
        r"disnea",
        r"sin aliento",
        rf"{_PROBLEMA}(?: al| para| de| en| mucho)* hablar{_NOT_A_SIGN}",
        r"hablo(?: \w+){0,2} (?:mal|raro|trabado|enredado)",
        r"(?:lengua|habla) (?:trabada|enredada|hinchada|dormida)",
        r"traba\w*(?: \w+){0,2} lengua",
        r"arrastro(?: \w+){0,2} palabras",
        r"(?:garganta)(?: \w+){0,3} (?:cierra|cerrada|cerrando|hincha\w*)",
        r"(?:cierra|cerro|cerrando|hinchada)(?: \w+){0,2} garganta",
    ),
    Level.CALL_US: (
        r"weak|weaker|weakness\w*",
        r"no strength",
        r"debil\w*",
        r"(?:sin|falta de|no tengo|poca) fuerzas?",
        r"doubl\w* vision",
        r"vision(?: \w+){0,2} doubl\w*",
        r"(?:see|seeing|saw)(?: \w+){0,2} (?:double|two)",
        r"diplopia",
        r"blur\w*(?: \w+)? (?:vision|sight|eyes?)",
        r"(?:vision|sight)(?: \w+){0,2} blur\w*",
        r"(?:vision|vista)(?: \w+){0,2} (?:dobles?|borros[oa])",
        r"(?:doble|borrosa) (?:vision|vista)",
        r"(?:veo|ver|viendo|miro)(?: \w+){0,2} (?:dobles?|borroso)",
        r"dro+p+(?:y|ed|ing|s|ping|ped|pyness|iness)?(?: \w+){0,2} (?:eye ?lids?|eyes?|lids?)",
        r"droop\w*",
        r"ptosis",
        rf"{_LID}(?: \w+){{0,4}} (?:dro+p\w*|{_FALLS})",
        rf"(?:heavy|sagg\w*|fallen|falling|lazy) {_LID}",
        rf"(?:cant|cannot|can not|wont)(?: \w+){{0,2}} open(?: \w+){{0,3}} {_LID}",
        rf"{_LID}(?: \w+){{0,4}} (?:{_CAE}|abajo|baj[oa])",
        rf"{_CAE}(?: \w+){{0,4}} {_LID}",
        rf"(?:no puedo|no logro|me cuesta) abrir(?: \w+){{0,3}} {_LID}",
        r"ho[ar]+se?\w*ness",
        r"hoarse\w*",
        r"horse voice",
        r"rasp(?:y|ing)",
        r"(?:lost|losing|no)(?: my)? voice",
        r"voice(?: \w+){0,3} (?:gone|chang\w*|hoarse|horse|crack\w*|weird|low|rough)",
        r"ronquera\w*",
        r"ronc[oa]s?",
        r"afon\w+",
        r"(?:perdi|perdido|sin|perdiendo)(?: \w+){0,1} voz",
        r"voz(?: \w+){0,3} (?:ronca|rara|cambi\w*|quebrada)",
        r"disfon\w*",
        r"bladder\w*",
        r"incontinen\w*",
        r"(?:hold|control\w*|leak\w*)(?: \w+){0,2} (?:pee|urine|urin\w*|water)",
        r"(?:pee|peed|wet|wetting)(?: \w+){0,1} (?:my|myself)",
        r"(?:urine|pee)(?: \w+){0,2} leak\w*",
        r"vejiga",
        r"me (?:orin\w+|hago pipi|hago del bano|mojo)",
        r"(?:aguant\w*|control\w*|retener)(?: \w+){0,3} (?:orina|pipi|orinar)",
        r"orina\w*(?: \w+){0,2} sin",
    ),
}
_READ = {level: re.compile(rf"\b(?:{'|'.join(signs)})\b") for level, signs in _SIGNS.items()}
# What stands before a sign in a list, and says nothing of it.
_ARTICLES = re.compile(r"^(?:(?:and|or|y|e|o|u|a|an|the|un|una|el|la|los|las) )+")
# A shorter word that somebody adds would be found everywhere.
_SHORTEST = 4


def plain(text: str) -> str:
    """`text` as words of small letters and digits between single spaces, without accents or apostrophes."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(sign for sign in letters if unicodedata.category(sign) not in {"Mn", "Cf"})
    joined = re.sub(r"(?<=\w)['\u2019\u2018`\u00b4](?=\w)", "", kept)
    return " ".join(re.findall(r"[^\W_]+", joined))


def level_in(text: str, listed: Iterable[tuple[Level, str]] = ()) -> Level | None:
    """The worst level of which `text` names a sign. `listed` are signs as the clinic words them, a level and
    its list with commas: what the clinic adds there counts where it stands as it is written."""
    # Each sentence by itself, because what follows in the next one takes nothing back; and the whole, because
    # a line may end anywhere.
    read = [plain(part) for part in (text, *re.split(r"[.!?;\n\r]+", text))]
    own = [(level, phrase) for level, signs in listed for phrase in phrases(signs)]
    for level in Level:
        added = [f" {phrase} " for of, phrase in own if of == level]
        if any(_READ[level].search(words) or any(sign in f" {words} " for sign in added) for words in read):
            return level
    return None


def phrases(signs: str) -> list[str]:
    """The signs of a list with commas, each in plain words."""
    found = (_ARTICLES.sub("", plain(part)) for part in re.split(r"[,;]", signs))
    return [phrase for phrase in found if len(phrase) >= _SHORTEST]


def worst(*levels: str | None) -> Level | None:
    """The worst of them; None where there is none."""
    return next((level for level in Level if level in levels), None)
