"""HTML as tests look at it."""

from html.parser import HTMLParser

VOID = {"meta", "img", "br", "hr", "link", "input"}


class HtmlReader(HTMLParser):
    """Collects tags, ids and references, and asserts that tags are closed in order."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.ids, self.links, self.open = [], [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append((tag, found))
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found[key] for key in ("href", "src", "xlink:href") if key in found]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> out of order"

    def of(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]
