"""What the demo's buyers write when they send something back: in their own language, beside the code they chose."""

from __future__ import annotations

# By the code's meaning in the demo, then by language. Some say more than the code does, and one kind says something else.
NOTES = {
    "size_too_small": {
        "en": "Runs a full size small, could not get it over my shoulders",
        "de": "Fällt viel zu klein aus, eine Nummer größer bitte",
        "fr": "Taille trop petit, je ne rentre pas dedans", "es": "Me queda pequeña, la talla no corresponde",
        "it": "Troppo piccola, mi stringe sulle spalle", "nl": "Valt een maat te klein, ik krijg hem niet over mijn hoofd",
        "zh": "尺码偏小，穿不进去",
    },
    "defective": {
        "en": "Arrived in pieces, the box was crushed on one side", "de": "Kam zerbrochen an, der Karton war eingedrückt",
        "fr": "Arrivé cassé, le carton était écrasé", "es": "Llegó rota, la caja venía aplastada",
        "it": "Arrivata in frantumi, scatola schiacciata", "nl": "Kapot aangekomen, de doos was ingedeukt",
        "zh": "收到时已经碎了，箱子都压扁了",
    },
    "not_as_described": {
        "en": "The listing says solid brass but it is painted plastic",
        "de": "Laut Beschreibung Messing, es ist lackierter Kunststoff",
        "fr": "Annoncée en laiton, en fait du plastique peint", "es": "Decía latón y es plástico pintado",
        "it": "Descritta in ottone, invece è plastica verniciata", "nl": "Volgens de omschrijving messing, maar het is plastic",
        "zh": "页面写的是黄铜，收到的是喷漆塑料",
    },
    "unwanted": {
        "en": "Found the same cable cheaper in a shop round the corner", "de": "Woanders günstiger gefunden",
        "fr": "Trouvé moins cher ailleurs", "es": "Lo encontré más barato en otra tienda",
        "it": "L'ho trovato a meno altrove", "nl": "Elders goedkoper gevonden", "zh": "别家更便宜，不要了",
    },
    "color": {
        "en": "The navy is almost purple, nothing like the photo", "de": "Das Blau ist eher lila, ganz anders als auf dem Foto",
        "fr": "La couleur n'a rien à voir avec la photo", "es": "El color no es el de la foto, es casi morado",
        "it": "Il colore è molto diverso dalla foto", "nl": "De kleur is heel anders dan op de foto",
        "zh": "颜色和图片差太多，发紫",
    },
}  # fmt: skip


def note(meaning: str, locale: str) -> str:
    """What a buyer of this locale writes; English where we have no words of theirs."""
    said = NOTES[meaning]
    return said.get(locale.partition("-")[0], said["en"])
