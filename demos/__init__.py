"""The tabs, in the order in which they stand. A new tab is one module and one entry here."""

from demos.char_rnn import DEMO as CHAR_RNN
from demos.cnn import DEMO as CNN
from demos.contract import Demo
from demos.gan import DEMO as GAN
from demos.style import DEMO as STYLE
from demos.translation import DEMO as TRANSLATION

DEMOS: tuple[Demo, ...] = (CHAR_RNN, TRANSLATION, CNN, STYLE, GAN)
