"""What may be typed, for the property tests. HYPOTHESIS_PROFILE=many tries far more of it (`make fuzz`)."""

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

_MANY = os.environ.get("HYPOTHESIS_PROFILE") == "many"
# Pure functions are tried often, whole requests less so.
pure = settings(max_examples=2_000 if _MANY else 300, deadline=None, database=None)
whole = settings(
    max_examples=2_100 if _MANY else 25,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

anything = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=140)
nasty = st.one_of(
    anything,
    st.text(alphabet="0123456789+()-. x#;\u0660\u0665\uff11\u202e\u200b\n\t", max_size=40),
    st.text(alphabet="aB1.@<>,;\"'\\ \u0430\u00fc\u3002\u200b\n[]:", max_size=60),
    st.sampled_from(
        [
            "-1",
            "0",
            "9" * 400,
            "\u00bd",
            "\u2160",
            "{{ x }}",
            "%s%n",
            "<script>",
            "=1+1",
            "\u2800",
            "../..",
            "NaN",
        ]
    ),
)
