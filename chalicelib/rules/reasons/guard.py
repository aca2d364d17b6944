"""Commands to the machine inside a buyer's words: found, taken away before anything is judged, and told.

What a buyer writes is hostile until shown otherwise. Nothing they write may name its own label or raise how sure we are, so a
sentence that talks to the classifier is left out, and what is left is judged with less certainty.
"""

from __future__ import annotations

import re

from ...model.words import Reason

DOUBT = 0.85  # what a text that held commands is still believed

_NAMED = "|".join(str(label) for label in Reason if "_" in label)
_ANY = "|".join(Reason)
# What no buyer writes of goods: our own label names, roles and fields of prompts, and orders to disregard orders.
_COMMANDS = re.compile(
    rf"\b(?:{_NAMED})\b"
    rf"|\b(?:label|category|class|classification|confidence|reason_?code|output|answer|etiqueta|kategorie|categorie|categoria|"
    rf"etichetta|метка|категория|標籤|标签|类别|ラベル|라벨|nhan|kategori)\b[\"']?\s*[:=]+\s*[\"']?\s*(?:{_ANY}|[01][.,]\d)"
    r"|\b(?:label|classify|categori[sz]e|mark|tag)\s+(?:this|it|that|my|the|as)\b[^.!?]{0,40}\b(?:as|under|with)\b"
    r"|\b(?:system|assistant|developer)\s*(?:prompt|message|role|override|instruction\w*)?\s*[:>\]]"
    r"|\b(?:ignore|disregard|forget|override|bypass)\b[^.!?]{0,40}\b(?:instruct\w*|prompt\w*|rules?|previous|above|guidelines?|"
    r"polic\w+|training)\b"
    r"|\b(?:you are now|act as|pretend (?:to be|you)|roleplay|jailbreak|developer mode|dan mode|new instructions?|"
    r"prompt injection|as an ai|language model|classifier|confidence (?:of|to|=)?\s*(?:1|0?\.9\d*|100))\b"
    r"|\b(?:ignor\w+|olvid\w+|esquec\w+|ignorier\w+|vergiss|oubli\w+|dimentica\w*|negeer|vergeet|zignoruj\w*|yoksay|yok say|"
    r"abaikan|lupakan|balewalain|huwag pansinin|bo qua)\b[^.!?]{0,40}\b(?:instru\w+|anweis\w+|istruz\w+|polecen\w+|talimat\w*|"
    r"perintah|arahan|prompt\w*|consignes|regras|reglas|regeln|regole|regels|zasad\w*|utos|tagubilin|tuntunan|lenh|huong dan|"
    r"chi dan)\b"
    r"|(?:игнорируй|забудь)\w*[^.!?]{0,40}(?:инструкц|указан|правил)\w*"
    r"|(?:忽略|无视|無視|忘记|忘記)[^。!?]{0,20}(?:指令|指示|规则|規則|提示|要求|说明)"
    r"|(?:指示|命令|ルール|プロンプト|指令)[^。!?]{0,12}(?:無視|忘れ)|(?:지시|명령|규칙|프롬프트)[^.!?]{0,12}(?:무시|잊)"
    r"|(?:تجاهل|انس)\w*[^.!?؟]{0,40}(?:تعليمات|التعليمات|الاوامر|الأوامر|القواعد)"
    r"|(?:निर्देश|नियम|आदेश)\S*[^.!?।]{0,30}(?:अनदेखा|नज़रअंदाज|नजरअंदाज|भूल)"
    r"|(?:เพิกเฉย|ละเว้น|ลืม|ไม่สนใจ)[^.!?]{0,30}(?:คำสั่ง|กฎ|คำแนะนำ)"
    r"|\{\s*[\"']?\w+[\"']?\s*:|\b(?:drop table|select \* from|insert into|eval\(|__import__|os\.system)",
)  # fmt: skip
_CLAUSE = re.compile(r"[^.!?。！？;|#\[\]{}<>]+[.!?。！？;|#\[\]{}<>]*")


def without_commands(cleaned: str) -> tuple[str, tuple[str, ...]]:
    """A cleaned text without the sentences that command the machine, and those sentences."""
    if not _COMMANDS.search(cleaned):
        return cleaned, ()
    kept: list[str] = []
    commands: list[str] = []
    for clause in _CLAUSE.findall(cleaned):
        (commands if _COMMANDS.search(clause) else kept).append(clause)
    if not commands:  # it runs across sentences: nothing of it can be trusted
        return "", (cleaned,)
    return "".join(kept).strip(), tuple(clause.strip() for clause in commands)
