"""What every page must have, whatever it shows."""

from html.parser import HTMLParser


class Outline(HTMLParser):
    """What a page is made of: start tags with attributes, labels, texts."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.open = []
        self.bare = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.tags.append((tag, named))
        field = tag in {"input", "select", "textarea"} and named.get("type") != "hidden"
        if field and "label" not in self.open and "aria-label" not in named:
            self.bare.append((tag, named))
        if tag not in {"input", "meta", "link", "br", "hr"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def checked(answer):
    """The outline of an answer, after what every page must have."""
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert "unsafe" not in policy
    scripts = [attributes for tag, attributes in Outline(answer.text).tags if tag == "script"]
    assert all(one["src"].startswith("/static/") for one in scripts)
    assert ("script-src 'self'" in policy) == bool(scripts)
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    outline = Outline(answer.text)
    assert outline.open == []
    names = [tag for tag, _ in outline.tags]
    assert names.count("main") == names.count("h1") == 1
    assert answer.text.partition("</head>")[0].count("<title>") == 1
    assert outline.bare == []
    assert ("html", {"lang": "en"}) in outline.tags
    assert not {"iframe", "object", "embed", "base", "style"} & set(names)
    for _, attributes in outline.tags:
        assert not any(name.startswith("on") or name == "style" for name in attributes)
    return outline
