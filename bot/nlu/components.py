"""The names `config.yml` uses, told to Rasa.

Registering needs Rasa's recipe, and with it TensorFlow (five seconds to import). The components
themselves do not, and a trained model names them by their own modules: whoever only classifies
never imports this.
"""

from rasa.engine.recipes.default_recipe import DefaultV1Recipe

from bot.nlu.classifier import MessageClassifier
from bot.nlu.copies import NoisyCopies
from bot.nlu.entities import DetailFinder
from bot.nlu.features import NgramFeaturizer
from bot.nlu.question import QuestionFinder
from bot.nlu.tokenizer import VietnameseTokenizer
from bot.nlu.topic import TopicClassifier

Kind = DefaultV1Recipe.ComponentType

for component, kind, is_trainable in (
    (NoisyCopies, Kind.MESSAGE_FEATURIZER, False),
    (VietnameseTokenizer, Kind.MESSAGE_TOKENIZER, False),
    (DetailFinder, Kind.ENTITY_EXTRACTOR, False),
    (NgramFeaturizer, Kind.MESSAGE_FEATURIZER, True),
    (MessageClassifier, Kind.INTENT_CLASSIFIER, True),
    (TopicClassifier, Kind.INTENT_CLASSIFIER, True),
    (QuestionFinder, Kind.INTENT_CLASSIFIER, False),
):
    DefaultV1Recipe.register(kind, is_trainable=is_trainable)(component)
