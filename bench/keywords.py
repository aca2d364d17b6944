"""Keywords of 10,000 texts against the shortest way to count phrases: scikit-learn's CountVectorizer, one to three words.

Both in one process and one run, on CPU seconds, best of several, turn by turn, over the same made-up reviews. The vectorizer
only counts. The table also reads clauses, denials and forms of words, compares two sides, folds, and finds excerpts; without
vectors, as merging by meaning costs what its encoder costs. Told beside it: texts in Chinese, Japanese and Thai, which have to
be parted.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from time import process_time
from typing import Any

from sklearn.feature_extraction.text import CountVectorizer

from chalicelib.rules.keywords.ranking import table
from chalicelib.rules.keywords.values import Text

from .common import Result, best, interleave, peak_memory_mb, pin, show

TEXTS, WORDS = 10_000, 60
UNSPACED = 1_000
ROUNDS = 5
TARGET = 1.5
_LITTLE = "the a it is was this i my for and with on of in to but so very not when because have would they".split()
_TELLING = "size fabric small large colour sleeve waist zipper seam thin short tight loose button quality box late".split()
_SENTENCES = (
    "尺码偏小，穿不进去，想退货。", "面料很薄，质量太差了，穿了一次就开线。", "发货太慢，等了半个月才收到，盒子也压坏了。",
    "サイズが小さすぎて入りませんでした。", "生地が薄くて透けます。写真と色が違う。",
    "部品が足りません。箱がつぶれていました。",
    "ผ้าบางมาก เห็นข้างใน", "ส่งของช้ามาก กล่องบุบ สินค้าแตก", "สีไม่ตรงกับรูป คุณภาพแย่มาก",
)  # fmt: skip


def reviews() -> Iterator[Text]:
    """Made-up reviews of 200 products: a third function words, the rest from 20,000 words by Zipf's law, in sentences."""
    chance = random.Random(7)
    rare = [f"{chance.choice('bdfgklmnprst')}{'aeiou'[n % 5]}{n:x}".translate(_LETTERS) for n in range(20_000)]
    weights = [1 / rank for rank in range(1, len(rare) + 1)]
    for number in range(TEXTS):
        words = chance.choices(rare, weights, k=WORDS)
        for at in range(WORDS):
            if at % 3 == 0:
                words[at] = chance.choice(_LITTLE)
            elif at % 11 == 1:
                words[at] = chance.choice(_TELLING)
            if at % 12 == 11:
                words[at] += "."
        yield Text(f"{number:05d}", " ".join(words), "en", "review", None, f"sku-{number % 200}", complaint=number % 4 == 0)


_LETTERS = str.maketrans("0123456789", "ghijklmnop")


def unspaced() -> Iterator[Text]:
    """Texts of three sentences in scripts without blanks."""
    chance = random.Random(7)
    for number in range(UNSPACED):
        said = "".join(f"{chance.choice(_SENTENCES)}{chance.randint(1, 999)}" for _ in range(3))
        yield Text(f"{number:05d}", said, None, sku="sku-0", complaint=number % 2 == 0)


def cpu(act: Callable[[], Any]) -> float:
    """CPU seconds of one call, all threads."""
    start = process_time()
    act()
    return process_time() - start


def run(rounds: int = ROUNDS) -> dict[str, Any]:
    """CPU milliseconds a text of both; beside it texts a second."""
    pin(0)
    texts, plain = list(reviews()), [text.text for text in reviews()]
    rival = CountVectorizer(ngram_range=(1, 3), binary=True)
    work = {"floor": lambda: rival.fit_transform(plain), "ours": lambda: table(texts)}
    taken = interleave({name: lambda act=act: cpu(act) for name, act in work.items()}, rounds)
    memory = peak_memory_mb()
    parted = list(unspaced())
    ours, floor = best(taken["ours"]), best(taken["floor"])
    also = {
        "texts_a_second": round(TEXTS / ours),
        "rival_texts_a_second": round(TEXTS / floor),
        "chinese_japanese_thai_texts_a_second": round(UNSPACED / cpu(lambda: table(parted))),
        "one_sku_of_200_s": cpu(lambda: table(texts, "sku-0")),
    }
    return Result("keywords", "CPU ms a text", ours / TEXTS * 1000, floor / TEXTS * 1000, TARGET, memory, also).as_dict()


def main() -> None:
    """Measure and print."""
    show(run())


if __name__ == "__main__":
    main()
