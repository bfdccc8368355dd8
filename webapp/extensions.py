"""The extension objects that no other room is the home of, unbound; `create_app` binds them."""

from flask_migrate import Migrate
from flask_wtf import CSRFProtect

migrate = Migrate()
csrf = CSRFProtect()
