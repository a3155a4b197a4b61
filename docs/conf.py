"""The site: Sphinx, MyST, Furo and sphinx-gallery. `make docs` builds it into build/site."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "sphinx_extensions"))

# Two builds on two processors; what is computed at build uses one thread, and needs no network.
for name, value in {"OMP_NUM_THREADS": "1", "SUBBAND_THREADS": "1", "HF_HUB_OFFLINE": "1"}.items():
    os.environ.setdefault(name, value)

from figure_scraper import figures  # noqa: E402

from subband import __version__  # noqa: E402

project = "Subband"
author = "The Subband developers"
copyright = "2026, The Subband developers"
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx_gallery.gen_gallery",
    "sphinxcontrib.bibtex",
    "sphinx_copybutton",
    "mathml",
    "api_reference",
    "claim_pages",
    "command_reference",
    "course_pages",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["systems", "sphinx_extensions", "generated/**/*.py", "generated/static", "**/*.ipynb"]
nitpicky = True

myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist"]
myst_heading_anchors = 4
myst_dmath_double_inline = True
math_numfig = False
html_math_renderer = "mathml"
bibtex_bibfiles = ["references.bib"]
bibtex_default_style = "plain"

sphinx_gallery_conf = {
    "examples_dirs": ["../examples"],
    "gallery_dirs": ["generated/examples"],
    "filename_pattern": r"/(?!textures|edit_codes|lab)\w+\.py$",  # these need data, or train for minutes
    "ignore_pattern": r"__init__\.py|conftest\.py",
    "image_scrapers": (figures,),
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,
    "remove_config_comments": True,
    "plot_gallery": True,
    "abort_on_example_error": True,
    "matplotlib_animations": False,
    "nested_sections": False,
    "copyfile_regex": r"GALLERY_HEADER\.rst",
}

html_theme = "furo"
html_title = "Subband"
html_static_path = ["static", "generated/static"]
(HERE / "generated" / "static").mkdir(parents=True, exist_ok=True)  # filled when the build begins
html_css_files = ["subband.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1f5f99", "color-brand-content": "#1f5f99"},
    "dark_css_variables": {"color-brand-primary": "#7fb8ea", "color-brand-content": "#7fb8ea"},
    "footer_icons": [],
}
copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True
pygments_style = "friendly"
pygments_dark_style = "monokai"
suppress_warnings = ["config.cache"]
