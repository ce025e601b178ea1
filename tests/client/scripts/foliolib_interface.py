"""Prints the classes of one foliolib module, with their methods and parameters, as JSON; inherited ones included."""

import inspect
import json
import os
import sys
from importlib import import_module

from foliolib import server
from foliolib.config import Config

Config().create_foliolib_conf()
Config().create_server_conf("nowhere", "localhost", "9130")
sys.stdout, printed = sys.stderr, sys.stdout
server("nowhere")
module = import_module(f"foliolib.folio.api.{os.environ['MODULE']}")


def parameters(function):
    """Return name, kind, and whether there is a default, of each parameter."""
    return [
        [parameter.name, parameter.kind.name, parameter.default is not parameter.empty]
        for parameter in inspect.signature(function).parameters.values()
    ]


interface = {
    name: {
        method: parameters(function)
        for method, function in inspect.getmembers(kind, inspect.isfunction)
        if not method.startswith("_")
    }
    for name, kind in inspect.getmembers(module, inspect.isclass)
    if kind.__module__ == module.__name__
}
json.dump(interface, printed)
