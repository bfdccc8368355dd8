"""The page of the local provider: choose who you are. Self-contained, and plainly not the real thing."""

from flask import render_template_string

from webapp.demo.people import PERSONAS

_STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#15191d, #eef1f4); --soft: light-dark(#4a545e, #b3bdc7);
  --card: light-dark(#ffffff, #1c2127); --page: light-dark(#f1f3f5, #12161a); --edge: light-dark(#7b8792, #7f8b96);
  --note: light-dark(#fff4d6, #3a2f10); --ring: light-dark(#0a626e, #76cfd9); }
body { font: 1rem/1.5 system-ui, sans-serif; background: var(--page); color: var(--ink); margin: 0; }
main { max-width: 28rem; margin: 6vh auto; padding: 0 1rem 3rem; }
button, input { font: inherit; color: inherit; width: 100%; box-sizing: border-box; padding: .7rem 1rem;
  margin: .3rem 0; min-height: 2.75rem; border: 1px solid var(--edge); border-radius: .6rem; text-align: left;
  background: var(--card); }
button { cursor: pointer; } button b { display: block; } button:not(:has(b)) { font-weight: 600; text-align: center; }
button:focus-visible, input:focus-visible { outline: 3px solid var(--ring); outline-offset: 2px; }
small, .soft { color: var(--soft); } .note { background: var(--note); padding: .6rem .9rem; border-radius: .6rem; }
h2 { font-size: 1.1rem; margin: 1.6rem 0 .2rem; } label { display: block; margin-top: .5rem; }
"""

_PAGE = (
    """<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in - demo provider</title>
<style>"""
    + _STYLE
    + """</style>
</head>
<body>
<main>
<h1>Who are you today?</h1>
<p class="note">This page stands in for Auth0 on this machine only. No password is needed.</p>
<form method="post">
{% for person in people %}
<button name="persona" value="{{ person.id }}"><b>{{ person.name }}</b>
<small>{{ person.email or 'no e-mail address' }} · {{ person.story }}</small></button>
{% endfor %}
</form>
<form method="post">
<h2>Somebody else</h2>
<p class="soft">Anybody you like, new each time you change the address.</p>
<label for="email">E-mail address</label>
<input type="email" id="email" name="email" required maxlength="200" autocomplete="off">
<label for="name">Name</label>
<input type="text" id="name" name="name" maxlength="100" autocomplete="off">
<button name="persona" value="somebody-else">Sign in as somebody else</button>
</form>
<form method="post">
<h2>Or not at all</h2>
<button name="answer" value="cancel">Cancel</button>
<button name="answer" value="deny">Be refused by a rule of the provider</button>
</form>
</main>
</body>
</html>"""
)

_PROBLEM = """<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8"><title>Demo provider: a problem</title></head>
<body><main><h1>The demo provider cannot do that</h1><p>{{ problem }}</p></main></body></html>"""


def sign_in_page() -> str:
    return render_template_string(_PAGE, people=PERSONAS)


def problem_page(problem: str) -> str:
    return render_template_string(_PROBLEM, problem=problem)
