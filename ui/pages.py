"""The pages of the site, in the order of the navigation. To add one, write its module and add its line here."""

from ui import ask, library, quality, search
from ui.frame import PageOf

PAGES = (
    PageOf("Ask", "/", ask.build),
    PageOf("Search", "/search", search.build),
    PageOf("Library", "/library", library.build),
    PageOf("Quality", "/quality", quality.build),
)
