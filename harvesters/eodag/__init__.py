"""The door to EODAG: provider configuration, queries, authentication, orders. Never the bytes."""

from harvesters.eodag.gateway import EodagGateway, open_gateway

__all__ = ["EodagGateway", "open_gateway"]
