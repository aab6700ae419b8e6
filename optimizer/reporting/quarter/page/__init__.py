"""A quarter as one page of HTML, to read and to print: everything is in it, nothing is fetched."""

from optimizer.reporting.quarter.page.page import page_html

__all__ = ["page_html"]
