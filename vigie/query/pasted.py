"""Fields of Brandwatch's and Talkwalker's queries that have no equal here, each with the advice
(vigie/query/problems.py) for what to write instead. Those that have one are aliases
(vigie/query/fields.py, vigie/query/values.py)."""

from __future__ import annotations

_BY_ADVICE = {
    "place": "continent country region county city latitude longitude location locations geo "
    "sourcegeo sourcecountry sourceregion sourcecity authorlocation",
    "person": "authorgender authorverified authorverifiedtype gender age authorage interest "
    "profession familystatus",
    "image": "image images logo brandids objects scene",
    "id": "guid engagingwithguid parentpostid rootpostid channelid postid",
    "group": "subreddit subredditnsfw subreddittopics redditauthorflair redditpostflair "
    "redditspoiler channel",
    "address": "inurl topleveldomain",
    "reach": "reach impressions impact potentialreach",
    "time": "minuteofday hourofday dayofweek",
    "gone": "engagingwith itemreview rating pubtype publication sensitivecontent parentblogname "
    "rootblogname cluster is",
}
NO_EQUAL = {name: advice for advice, names in _BY_ADVICE.items() for name in names.split()}
