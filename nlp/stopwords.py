"""Words of French and English that carry no subject, folded (no accents, lower case)."""

from __future__ import annotations

_FRENCH = """
a afin ai aie ainsi alors apres as assez au aucun aucune aujourd aura auront aussi autre autres
aux avaient avais avait avant avec avez aviez avoir avons ayant beaucoup bien bon bonjour bonne
bonsoir bref c ca car ce ceci cela celle celles celui cent ces cet cette ceux chacun chaque chez
ci comme comment contre coucou d dans de dedans dehors deja depuis des dessous dessus deux devant
dit dix doit donc dont du durant elle elles en encore enfin entre es est et etaient etais etait
etant ete etes etre eu eux faire fais fait faites faut fois font fut grace hein hey hier hors hui
ici il ils j jamais je jour jours jusqu jusque juste l la le les leur leurs lol lors lorsque lui m
ma mais mal mdr me meme memes merci mes mieux moi moins mon n ne ni non nos notre notres nous
o ok on ont ou oui par parce parfois parmi pas pendant peu peut peuvent peux
plein plus plusieurs plutot pour pourquoi pourtant pouvez pouvoir presque ptdr puis puisque qu
quand quant que quel quelle quelles quelqu quelque quelques quels qui quoi rien s sa salut sans
sauf se sera serait seront ses si sinon soi soient sois soit sommes son sont sous stp suis suite
sur surtout svp t ta tant te tel telle tellement tes toi ton toujours tous tout toute toutes tres
trop tu un une va vais vas vers veut veux voici voila voir vois voit vont vos votre vous vraiment
vu y
"""
_ENGLISH = """
a about above after again against ago all almost also always am an and any anyone anything are
aren around as at away back be because been before being below between both but by came can cannot
come could couldn d did didn do does doesn doing don done down during each either else enough even
ever every few for from further gave get gets getting give go goes going gone gonna good got great
had has hasn have haven having he hello her here hers hey hi him himself his how i if in into is
isn it its itself just keep know last least less let like ll lol look lot m made make many may
maybe me might mine more most much must my myself need never next no nor not nothing now of
off oh ok old omg on once one only or other others our ours out over own please put quite rather
re really right s said same saw say says see seem seen shall she should shouldn since so some
someone something soon still such sure t take than thank thanks that the their theirs them
themselves then there these they thing things this those though through thus till to today told
too took toward try two u under until up upon ur us use used very via want was wasn way we well
went were weren what when where whether which while who whole whom whose why will with within
without won would wouldn wow yeah yes yet you your yours yourself
"""
FRENCH = frozenset(_FRENCH.split())
ENGLISH = frozenset(_ENGLISH.split())
BOTH = FRENCH | ENGLISH


def of(language: str | None) -> frozenset[str]:
    """The stop words of a language; of both where it is neither."""
    return {"fr": FRENCH, "en": ENGLISH}.get(language or "", BOTH)
