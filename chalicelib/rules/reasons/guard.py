"""Commands to the machine inside a buyer's words: found, taken away before anything is judged, and told.

What a buyer writes is hostile until shown otherwise. Nothing they write may name its own label or raise how sure we are, so a
sentence that talks to the classifier is left out, and what is left is judged with less certainty. Orders are found by their
imperatives: "they forgot the instructions" is a reason, "forget the instructions" is none.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from ...model.words import Reason
from . import normal

DOUBT = 0.85  # what a text that held commands is still believed

_NAMED = "|".join(str(label) for label in Reason if "_" in label)
_ANY = "|".join(Reason)
# What no buyer writes of goods: our own label names, roles and fields of prompts, and orders to disregard orders. In plain form
# (normal.plain). In Thai "the order" that was placed is a longer word than "the order" that is given.
_COMMANDS = re.compile(normal.plain(unicodedata.normalize("NFKC", "|".join((
    rf"\b(?:{_NAMED})\b",
    rf"(?:\b(?:label|category|class|classification|reason_?code|output|answer|etiqueta|kategorie|categorie|categoria|etichetta|"
    rf"nhan|kategori)\b|метка|категория|標籤|标签|类别|ラベル|라벨)[\"']?\s*(?:is\s*)?[:=]+\s*[\"']?\s*(?:{_ANY})\b",
    r"(?:\bconfidence[\"']?\s*(?:of|to|is|[:=])|置信度[:=]?)\s*(?:1|0?[.,]9\d*|1[.,]0+|100)\b",
    r"\b(?:do not|don't|never)\s+classif\w+|\b(?:set|force)\s+(?:the\s+)?(?:label|category|class|classification|confidence)\b",
    rf"\b(?:respond|reply|answer|output|print)\s+(?:only\s+|exactly\s+|just\s+)?(?:with\s+)?[\"']?(?:{_ANY})\b",
    r"\b(?:classify|categori[sz]e)\s+(?:this|it|that|my|the|as)\b[^.!?]{0,40}\b(?:as|under|with)\b|\bclassify\s+as\b",
    r"(?<!the )(?<!a )\b(?:label|mark|tag)\s+(?:this|it|my|the)\s+(?:\w+\s+){0,3}as\b",
    r"(?:^|(?<=[^\w\s])|(?<=[^\w\s]\s))(?:system|assistant|developer)\s*[:>\]]|\bim_(?:start|end)\b|\[/?inst\]",
    r"\b(?:system|assistant|developer)\s*(?:prompt|message|role|override|instruction\w*)\s*[:>\]]",
    r"\b(?:ignore|disregard|(?<!you )(?<!they )forget|override|bypass)\b[^.!?]{0,40}\b(?:instruct\w*|prompt\w*|rules?|"
    r"guidelines?|polic\w+|training|"
    r"(?:previous|above)(?!,? (?:messages?|e-?mails?|reviews?|requests?|returns?|notes?|comments?|orders?)\b))",
    r"\byou are now (?:an?|the|in|acting|my|free|dan)\b|\bact as (?:if you|[^.!?]{0,30}\b(?:assistant|ai|model|bot|classifier|"
    r"expert|admin\w*)\b)|\bpretend (?:that )?you\b|\broleplay as\b|\bjailbreak\b|\bdeveloper mode (?:on|output|enabled)\b|"
    r"\bdan mode\b|\bnew instructions?\s*(?::|follow)|\bprompt injection\b|\bas an ai\b|\blanguage model\b|\bclassifier\b",
    r"\b(?:ignor(?:a|ad|e|en|ez|em|er|are|ate|iere?|ieren)|olvid(?:a|ad|e|en|ate)|esquec(?:a|am|e)|vergiss|dimentica(?:te)?|"
    r"(?<!ont )(?<!\ba )(?<!avez )(?<!avait )(?<!aient )(?<!ete )oublie[zr]?|negeer|vergeet|zignoruj\w*|zapomnij\w*|yoksay|"
    r"yok say|abaikan|lupakan|balewalain|huwag pansinin|kalimutan|bo qua|hay quen)\b[^.!?]{0,40}\b(?:instru\w+|anweis\w+|"
    r"istruz\w+|polecen\w+|talimat\w*|perintah|arahan|prompt\w*|consignes|reg(?:ras|las|les|eln|ole|els)|zasad\w*|utos|"
    r"tagubilin|tuntunan|lenh|huong dan|chi dan)\b",
    r"\b(?:talimat|komut|kural)\w*\b[^.!?]{0,40}\b(?:yok ?say|unut|gormezden gel|dikkate alma)\w*",
    r"(?:игнорируй|забудь)\w*[^.!?]{0,40}(?:инструкц|указан|правил)\w*",
    r"(?:忽略|无视|無視|忘记|忘記)[^。!?]{0,20}(?:指令|指示|规则|規則|提示|[上前有切][^。!?]{0,6}(?:要求|说明(?!书)))",
    r"(?:指示(?!書)|命令|ルール|プロンプト|指令)[^。!?]{0,12}(?:無視し|忘れて)|(?:지시|명령|규칙|프롬프트)[^.!?]{0,12}(?:무시|잊)",
    r"(?:تجاهل|انس)\w*[^.!?؟]{0,40}(?:تعليمات|التعليمات|الأوامر|القواعد)",
    r"(?:निर्देश|नियम|आदेश)\S*[^.!?।]{0,30}(?:अनदेखा|नज़रअंदाज|नजरअंदाज|भूल जा)",
    r"(?:เพิกเฉย|ละเว้น|ลืม|ไม่สนใจ)[^.!?]{0,30}(?:คำสั่ง(?!ซื้อ)|กฎ|คำแนะนำ)",
    r"\{\s*[\"']?\w+[\"']?\s*:|\b(?:drop table|select \* from|insert into|eval\(|__import__|os\.system)",
)))))  # fmt: skip
# What opens a bracket begins a clause; a point between digits ends none.
_CLAUSE = re.compile(
    r"(?:[\[{<#]+(?:[^.!?。;|\]}>।؟\[{<#]|\.(?=\d))*|(?:[^.!?。;|\]}>।؟\[{<#]|\.(?=\d))+)[.!?。;|\]}>।؟]*|[.!?。;|\]}>।؟]+"
)


def without_commands(cleaned: str) -> tuple[str, tuple[str, ...]]:
    """A cleaned text without the sentences that command the machine, and those sentences."""
    kept, commands = _CLAUSE.findall(cleaned), []
    while struck := _struck([normal.plain(clause) for clause in kept]):
        commands += [clause.strip() for n, clause in enumerate(kept) if n in struck]
        kept = [clause for n, clause in enumerate(kept) if n not in struck]
    return ("".join(kept).strip(" |<>[]{}#"), tuple(commands)) if commands else (cleaned, ())


def _struck(clauses: Sequence[str]) -> set[int]:
    """The numbers of the clauses in which a command stands, or through which one runs."""
    ends = list(accumulate(map(len, clauses)))
    found = (found.span() for found in _COMMANDS.finditer("".join(clauses)))
    return {n for start, end in found for n in range(bisect_right(ends, start), bisect_right(ends, end - 1) + 1)}
