"""Names of countries, in English, Chinese and their own language, and three-letter codes -> ISO 3166-1 alpha-2."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ..model import codec
from ._values import folded, text

# Where shops of this kind sell. Others stay in the file's own words, as facts allow.
_NAMES = """
AE ARE|United Arab Emirates|UAE|阿联酋|阿拉伯联合酋长国
AR ARG|Argentina|阿根廷
AT AUT|Austria|Österreich|奥地利
AU AUS|Australia|澳大利亚|澳洲
BE BEL|Belgium|Belgique|België|比利时
BG BGR|Bulgaria|保加利亚
BR BRA|Brazil|Brasil|巴西
CA CAN|Canada|加拿大
CH CHE|Switzerland|Schweiz|Suisse|瑞士
CL CHL|Chile|智利
CN CHN|China|Mainland China|中国|中国大陆|中国内地
CO COL|Colombia|哥伦比亚
CY CYP|Cyprus|塞浦路斯
CZ CZE|Czech Republic|Czechia|捷克|捷克共和国
DE DEU|Germany|Deutschland|德国
DK DNK|Denmark|Danmark|丹麦
EE EST|Estonia|爱沙尼亚
ES ESP|Spain|España|西班牙
FI FIN|Finland|Suomi|芬兰
FR FRA|France|法国
GB GBR|United Kingdom|UK|Great Britain|英国
GR GRC|Greece|希腊
HK HKG|Hong Kong|Hong Kong SAR|香港|中国香港|中国香港特别行政区
HR HRV|Croatia|克罗地亚
HU HUN|Hungary|匈牙利
ID IDN|Indonesia|印度尼西亚|印尼
IE IRL|Ireland|EIRE|爱尔兰
IL ISR|Israel|以色列
IN IND|India|印度
IT ITA|Italy|Italia|意大利
JP JPN|Japan|日本
KR KOR|South Korea|Korea|Republic of Korea|Korea, Republic of|韩国|대한민국
KZ KAZ|Kazakhstan|哈萨克斯坦
LT LTU|Lithuania|立陶宛
LU LUX|Luxembourg|卢森堡
LV LVA|Latvia|拉脱维亚
MO MAC|Macao|Macau|澳门|中国澳门
MT MLT|Malta|马耳他
MX MEX|Mexico|México|墨西哥
MY MYS|Malaysia|马来西亚
NG NGA|Nigeria|尼日利亚
NL NLD|Netherlands|The Netherlands|Nederland|荷兰
NO NOR|Norway|Norge|挪威
NZ NZL|New Zealand|新西兰
PE PER|Peru|Perú|秘鲁
PH PHL|Philippines|菲律宾
PL POL|Poland|Polska|波兰
PR PRI|Puerto Rico|波多黎各
PT PRT|Portugal|葡萄牙
QA QAT|Qatar|卡塔尔
RO ROU|Romania|罗马尼亚
RU RUS|Russia|Russian Federation|俄罗斯|俄罗斯联邦
SA SAU|Saudi Arabia|沙特阿拉伯|沙特
SE SWE|Sweden|Sverige|瑞典
SG SGP|Singapore|新加坡
SI SVN|Slovenia|斯洛文尼亚
SK SVK|Slovakia|斯洛伐克
TH THA|Thailand|泰国
TR TUR|Turkey|Türkiye|土耳其
TW TWN|Taiwan|台湾|中国台湾|臺灣
UA UKR|Ukraine|乌克兰
US USA|United States|United States of America|U.S.A.|美国
VN VNM|Vietnam|Viet Nam|越南
ZA ZAF|South Africa|南非
"""


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _NAMES.split("\n"):
        head, _, names = line.partition("|")
        if head:
            found |= {name.casefold(): head[:2] for name in (*head.split(), *names.split("|"))}
    return found


def country(value: Any, where: str) -> str | None:
    """The ISO code of a country, or the file's own word for it; None when empty."""
    given = codec.text(text(value), where)
    key = folded(given).casefold()
    if len(key) == 2 and key.isascii() and key.isalpha():
        return "GB" if key == "uk" else key.upper()
    return _codes().get(key, given) or None
