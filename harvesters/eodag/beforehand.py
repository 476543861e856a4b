"""Importing this loads EODAG's plugins and what it ships, which takes most of a second.

Gateways that are built afterwards, in this process or in one forked from it, find them loaded. No
provider, no credential and no connection is in it.
"""

from harvesters.eodag.plugins import Plugins

Plugins({})
