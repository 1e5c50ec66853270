import pytest
from pydantic import ValidationError

from wildroad.tracking.options import TrackingOptions


def test_nothing_is_tracked_by_default():
    assert TrackingOptions().backend == "none"


@pytest.mark.known_bug(9)
@pytest.mark.faults
@pytest.mark.parametrize("name", ["api_key", "token", "server_password", "client_secret"])
def test_a_key_in_the_parameters_is_refused_and_told_where_it_belongs(name):
    with pytest.raises(ValidationError, match=f"no {name} here: keys belong into the environment"):
        TrackingOptions.model_validate({"backend": "wandb", name: "0f" * 20})


@pytest.mark.known_bug(9)
@pytest.mark.faults
def test_a_password_in_the_address_of_a_server_is_refused():
    with pytest.raises(ValidationError, match="no user or password in an address: keys belong"):
        TrackingOptions(backend="mlflow", server="https://me:mine@example.org")


@pytest.mark.faults
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"backend": "tensorboard"}, "'none', 'mlflow' or 'wandb'"),
        ({"server": "sqlite:///runs.db"}, "should match pattern"),
        ({"patience": 0}, "greater than 0"),
        ({"project": ""}, "at least 1 character"),
        ({"projekt": "a"}, "projekt"),
    ],
)
def test_a_wrong_value_is_refused_by_name(values, message):
    with pytest.raises(ValidationError, match=message):
        TrackingOptions.model_validate(values)
