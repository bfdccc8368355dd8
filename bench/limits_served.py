"""Makes the Foyer that gunicorn serves in `bench.limits`: as deployed, except that a decision may take long. With its
50 ms the trials would be about how busy this machine is: a process that has to wait for longer counts by itself."""

from bench.limits_apps import be_patient
from webapp import create_app

app = create_app()
be_patient(app)
