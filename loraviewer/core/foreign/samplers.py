"""Samplers of other programs, by the names that they have here.

Theirs are a way of stepping and a schedule of noise levels; ours are those pairs that people name.
"""

from loraviewer.core.sentences import say

_PLAIN = frozenset({"", "automatic", "normal", "uniform", "default", "none", "use same sampler"})
_STEPPING = {
    "dpm++ 2m": "DPM++ 2M",
    "dpmpp_2m": "DPM++ 2M",
    "ddim": "DDIM",
    "euler": "Euler",
    "euler a": "Euler a",
    "euler_ancestral": "Euler a",
    "unipc": "UniPC",
    "uni_pc": "UniPC",
    "lcm": "LCM",
    "tcd": "TCD",
}
_KARRAS = "karras"
_OWN_SCHEDULES = {"DDIM": frozenset({"ddim", "ddim_uniform"})}
_TRAILING = {"Euler": "Euler trailing", "DDIM": "DDIM trailing"}
_SGM = frozenset({"sgm uniform", "sgm_uniform", "trailing"})
"""Schedules that begin at the last timestep, as LCM and TCD do by themselves."""
_A1111_USUAL = {"DPM++ 2M": "DPM++ 2M Karras"}
"""What A1111's schedule “Automatic” means."""


def known_sampler(name: str, schedule: str = "") -> tuple[str, str]:
    """Ours, "" where there is none; and what was not understood of it, "" for nothing."""
    stepping, told = name.strip(), schedule.strip()
    if not stepping or stepping.lower() == "default":
        return "", ""
    if stepping.lower().endswith(f" {_KARRAS}"):
        stepping, told = stepping[: -len(_KARRAS)].strip(), _KARRAS
    ours = _STEPPING.get(stepping.lower(), "")
    if not ours:
        return "", say("the sampler “{sampler}”", sampler=name.strip())
    if told.lower() == "automatic":
        return _A1111_USUAL.get(ours, ours), ""
    if told.lower() in _PLAIN | _OWN_SCHEDULES.get(ours, frozenset()):
        return ours, ""
    if told.lower() in _SGM and ours in (*_TRAILING, "LCM", "TCD"):
        return _TRAILING.get(ours, ours), ""
    if told.lower() == _KARRAS and ours == "DPM++ 2M":
        return "DPM++ 2M Karras", ""
    return ours, say(
        "the schedule “{schedule}” of the sampler “{sampler}”", schedule=told, sampler=stepping
    )
