"""Family ``ordering``: how a block is filled. One file per kind."""

from model.ordering.base_fee import BaseFee as BaseFee
from model.ordering.first_price import FirstPrice as FirstPrice
from model.ordering.sealed_bid import SealedBid as SealedBid
from model.ordering.sequencer import Sequencer as Sequencer
