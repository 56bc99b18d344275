"""What speaks HTTP: events come in as into Elasticsearch, alerts and events are asked for likewise.

Only this folder knows starlette and uvicorn (the extra ``web``).
"""
