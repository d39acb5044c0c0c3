"""Every kind that ships with the project; importing this module registers them. Third parties import their own beside it."""

import agents.adversaries
import agents.arbitrageurs
import agents.borrowers
import agents.curators
import agents.funds
import agents.guardians
import agents.holders
import agents.lenders
import agents.liquidators
import agents.oracles
import agents.providers
import agents.stewards
import model.bridges
import model.claims
import model.feeds
import model.liquidation
import model.losses
import model.markets
import model.markets.rules
import model.ordering
import model.prices
import model.rates
import model.shocks
import model.venues
