"""Doorways: each mutation reads its input, calls one service and answers with one payload."""
