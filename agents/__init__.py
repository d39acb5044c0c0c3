"""Who acts: every class a Mesa agent with one verb, ``decide(view) -> transactions``."""
