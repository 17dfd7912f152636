"""Each preset on a file in its tool's shape, recognised without being named."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from exported import posts, samples, taken, workbook, write

from vigie.errors import ImportRefused


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)


def test_meta_of_a_french_instagram_account(tmp_path: Path) -> None:
    text = (
        "Identifiant de la publication,Identifiant du compte,Nom d’utilisateur du compte,"
        "Nom du compte,Description,Durée (sec),Heure de publication,Permalien,"
        "Type de publication,Commentaire de données,Date,Vues,Portée,Mentions J’aime,Partages,"
        "Abonnements,Commentaires,Enregistrements\n"
        "18000000000000001,17840000000000009,atelier.brindille,Atelier Brindille,"
        '"Un cartable, dix ans",0,23/11/2026 09:05,https://www.instagram.com/p/Dq1/,'
        "Carrousel Instagram,,Total,2 040,1 800,51,–,1,0,N/A\n"
    )
    path = write(tmp_path / "nov.csv", text, "utf-8-sig")
    assert taken(path) == ("meta", "certain")
    (post,) = posts(path, brand="brindille")
    assert (post.platform, post.kind, post.published_at) == ("instagram", "post", at(23, 9, 5))
    assert post.media[0].kind == "image"
    assert post.metrics.model_dump(exclude_none=True) == {
        "likes": 51, "replies": 0, "views": 2040, "reach": 1800,
    }, "a dash and N/A are unknown, not 0"  # fmt: skip


def test_meta_of_an_english_facebook_page(tmp_path: Path) -> None:
    text = (
        '"Post ID","Page ID","Page name",Title,Description,"Duration (sec)","Publish time",'
        '"Caption type",Permalink,"Is crosspost","Is share","Post type",Languages,'
        '"Custom labels","Funded content status","Data comment",Date,Impressions,Reach,'
        '"Reactions, Comments and Shares",Reactions,Comments,Shares,"Total clicks"\n'
        '122100000000000007,61550000000000001,"Atelier Brindille",,"Open day & cake",0,'
        "11/20/2026 06:30,,https://www.facebook.com/brindille/posts/pfbid02x,0,0,Photos,,,,,"
        'Lifetime,"1,204",980,40,31,5,4,12\n'
    )
    path = write(tmp_path / "page.csv", text)
    assert taken(path) == ("meta", "certain")
    (post,) = posts(path)
    assert (post.platform, post.author.name) == ("facebook", "Atelier Brindille")
    assert (post.metrics.impressions, post.metrics.likes, post.metrics.clicks) == (1204, 31, 12)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_hootsuite_in_both_languages(tmp_path: Path, lang: str) -> None:
    heads = {
        "en": "Date (Europe/Paris);Social Network;Social Profile;Post Message;Post Type;"
        "Post Permalink;Post Reach;Reactions;Comments;Shares",
        "fr": "Date (Europe/Paris);Réseau social;Profil social;Texte de la publication;"
        "Type de publication;Permalien;Portée;Réactions;Commentaires;Partages",
    }
    row = (
        "18 nov. 2026 08:30;LinkedIn Page;Atelier Brindille;Nous recrutons;Vidéo;"
        "https://www.linkedin.com/feed/update/urn:li:share:7396000000000000001;1 310;8;1;-"
    )
    path = write(tmp_path / "posts.csv", f"{heads[lang]}\n{row}\n", "cp1252")
    assert taken(path) == ("hootsuite", "certain")
    (post,) = posts(path)
    assert (post.platform, post.native_id) == ("linkedin", "urn:li:share:7396000000000000001")
    assert post.published_at == at(18, 7, 30), "the heading names the zone"
    assert (post.kind, post.media[0].kind) == ("video", "video")
    assert (post.metrics.reach, post.metrics.likes, post.metrics.shares) == (1310, 8, None)


def test_buffer(tmp_path: Path) -> None:
    text = (
        "Update ID,Channel Service,Channel Username,Update Text,Media Type,Sent At,Service Link,"
        "Likes,Comments,Retweets,Impressions,Clicks,Engagement Rate\n"
        "65f0c0ffee,twitter,@brindille,On répare samedi,image,2026-11-18 07:30:00 +0000,"
        "https://x.com/brindille/status/1990674000000000001,12,1,3,1204,9,2.1%\n"
    )
    path = write(tmp_path / "buffer.csv", text)
    assert taken(path) == ("buffer", "certain")
    (post,) = posts(path)
    assert (post.id, post.author.handle) == ("x:1990674000000000001", "brindille")
    assert post.published_at == at(18, 7, 30)
    assert (post.metrics.shares, post.metrics.clicks) == (3, 9)


BRANDWATCH = [
    ["Report:", "Bulk Mentions Download"],
    ["Brand:", "Atelier Brindille"],
    ["From:", "Mon Nov 16 00:00:00 UTC 2026"],
    ["To:", "Mon Nov 23 00:00:00 UTC 2026"],
    ["Label:", "Cartables, semaine 47"],
    [],
    ["Query Id", "Query Name", "Date", "Title", "Snippet", "Url", "Domain", "Sentiment",
     "Page Type", "Language", "Country Code", "Author", "Full Name", "Full Text", "Impact",
     "Impressions", "Reach (new)", "Thread Entry Type", "Twitter Author ID",
     "Twitter Followers", "Twitter Reply Count", "Twitter Retweets", "Twitter Likes",
     "Instagram Likes", "Instagram Comments"],
    ["1999", "Cartables", "2026-11-18 07:30:00.0", "maud_k", "Dix ans de cartable",
     "http://twitter.com/maud_k/statuses/1990674000000000002", "twitter.com", "positive",
     "twitter", "fr", "FRA", "maud_k", "Maud", "Dix ans de cartable #cartable", "20.1", "1204",
     "0", "post", "1500000000000000001", "87", "1", "4", "12", "", ""],
    ["1999", "Cartables", "2026-11-18 08:00:00.0", "Vu", "Vu au marché",
     "https://www.instagram.com/p/Dq2/", "instagram.com", "neutral", "instagram_public", "fr",
     "FRA", "halles.du.quai", "Halles du quai", "Vu au marché", "3.0", "", "0", "", "", "", "",
     "", "", "40", "2"],
    ["1999", "Cartables", "2026-11-18 09:00:00.0", "L’atelier s’agrandit", "Trois postes",
     "https://gazette-du-quai.example/brindille", "gazette-du-quai.example", "neutral", "news",
     "fr", "FRA", "Solène Tirel", "", "", "55.0", "", "41000", "", "", "", "", "", "", "", ""],
]  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_brandwatch_under_its_block_of_lines(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"mentions.{kind}"
    if kind == "csv":
        quoted = [",".join(f'"{cell}"' for cell in row) for row in BRANDWATCH]
        write(path, "\n".join(quoted), "utf-8-sig")
    else:
        workbook(path, {"Mentions": BRANDWATCH})
    assert taken(path) == ("brandwatch", "certain")
    found = {post.platform: post for post in posts(path)}
    assert set(found) == {"x", "instagram", "news"}
    assert found["x"].id == "x:1990674000000000002"
    assert found["x"].hashtags == ("cartable",)
    assert found["x"].author.followers == 87
    assert found["x"].metrics.model_dump(exclude_none=True) == {
        "likes": 12, "shares": 4, "replies": 1,
    }, "its impressions are an estimate"  # fmt: skip
    assert (found["instagram"].metrics.likes, found["instagram"].metrics.replies) == (40, 2)
    assert (found["news"].text, found["news"].kind) == ("Trois postes", "article")
    assert found["news"].published_at == at(18, 9)


def test_talkwalker_of_the_web_and_as_a_document(tmp_path: Path) -> None:
    text = (
        "Published,URL,Title,Content,Source type,Language,Author,Matched profile,Engagement,Likes\n"
        "2026-11-18 07:30,https://www.facebook.com/brindille/posts/1,,Nous recrutons,"
        "SOCIALMEDIA_FACEBOOK,fr,Atelier Brindille,brindille,99,8\n"
    )
    path = write(tmp_path / "results.csv", text)
    assert taken(path) == ("talkwalker", "certain")
    (post,) = posts(path)
    assert (post.platform, post.metrics.likes) == ("facebook", 8)
    document = """{
      "status_code": "0",
      "result_content": {"data": [
        {"data": {"url": "https://www.youtube.com/watch?v=Zx3_abcDEF1", "published": 1793714700000,
          "title": "Un cartable", "content": "En dix minutes", "lang": "fr",
          "source_type": ["SOCIALMEDIA", "SOCIALMEDIA_YOUTUBE"], "reach": 100,
          "article_extended_attributes": {"youtube_views": 1400, "youtube_likes": 31}}},
        {"data": {"url": "https://x.com/maud_k/status/1990674000000000002",
          "published": 1793714700000, "content": "Dix ans", "source_type": "SOCIALMEDIA_TWITTER",
          "article_extended_attributes": {"twitter_likes": 5, "twitter_retweets": 4}}}
      ]}
    }"""
    path = write(tmp_path / "results.json", document)
    assert taken(path) == ("talkwalker", "certain")
    video, tweet = sorted(posts(path), key=lambda post: post.platform, reverse=True)
    assert (video.id, video.kind, video.metrics.views) == ("youtube:Zx3_abcDEF1", "video", 1400)
    assert (tweet.id, tweet.metrics.likes, tweet.metrics.shares) == ("x:1990674000000000002", 5, 4)


def test_meltwater_in_utf_16(tmp_path: Path) -> None:
    text = (
        "Date\tHeadline\tURL\tOpening Text\tHit Sentence\tSource\tInfluencer\tCountry\t"
        "Subregion\tLanguage\tReach\tDesktop Reach\tMobile Reach\tTwitter Social Echo\tAVE\t"
        "Sentiment\tKey Phrases\tInput Name\tKeywords\tTwitter Screen Name\tTwitter Followers\n"
        "18-Nov-2026 07:30AM\tL’atelier s’agrandit\thttps://gazette-du-quai.example/b\tTrois "
        "postes\tTrois postes et un établi\tGazette du quai\tSolène Tirel\tFrance\t\tFrench\t"
        "41000\t1\t2\t0\t379.25\tNeutral\t\tcartables\tcartable\t\t\n"
        "18-Nov-2026 01:05PM\t\thttps://twitter.com/maud_k/statuses/1990674000000000002\t\t"
        "RT @brindille: dix ans\tTwitter\t@maud_k\tFrance\t\tFrench\t87\t\t\t\t\tPositive\t\t"
        "cartables\tcartable\t@maud_k\t87\n"
    )
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        path = write(tmp_path / f"{encoding}.csv", text, encoding)
        assert taken(path) == ("meltwater", "certain")
        news, tweet = sorted(posts(path), key=lambda post: post.platform)
        assert (news.lang, tweet.lang) == ("fr", "fr")
        assert (news.platform, news.title) == ("news", "L’atelier s’agrandit")
        assert news.text == "Trois postes et un établi"
        assert (tweet.platform, tweet.author.handle) == ("x", "maud_k")
        assert tweet.published_at == at(18, 13, 5)
        assert (tweet.author.followers, tweet.metrics.reach) == (87, None)


def test_meltwater_with_date_and_time_apart(tmp_path: Path) -> None:
    text = (
        "Date,Time,Document ID,URL,Input Name,Source Type,Author Name,Author Handle,Title,"
        "Opening Text,Hit Sentence,Language,Likes,Replies,Reposts\n"
        "18-Nov-2026,01:05 PM,9f0c,https://www.instagram.com/p/Dq3/,cartables,Social,Maud,maud_k,"
        ",,Vu au marché,fr,40,2,\n"
    )
    (post,) = posts(write(tmp_path / "m.csv", text))
    assert (post.platform, post.published_at) == ("instagram", at(18, 13, 5))
    assert (post.author.handle, post.metrics.likes, post.metrics.shares) == ("maud_k", 40, None)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_linkedin_page_and_its_figures(tmp_path: Path, lang: str) -> None:
    heads = {
        "en": (
            ["Date", "Impressions (organic)", "Impressions (sponsored)", "Impressions (total)",
             "Unique impressions (organic)", "Clicks (total)", "Reactions (total)",
             "Engagement rate (total)"],
            ["Post title", "Post link", "Post type", "Posted by", "Created date", "Impressions",
             "Views", "Clicks", "Click through rate (CTR)", "Likes", "Comments", "Reposts",
             "Engagement rate", "Content Type"],
        ),
        "fr": (
            ["Date", "Impressions (organiques)", "Impressions (sponsorisées)",
             "Impressions (totales)", "Impressions uniques (organiques)", "Clics (total)",
             "Réactions (total)", "Taux d'engagement (total)"],
            ["Titre du post", "Lien du post", "Type de post", "Publié par", "Date de création",
             "Impressions", "Vues", "Clics", "Taux de clics (CTR)", "J'aime", "Commentaires",
             "Republications", "Taux d'engagement", "Type de contenu"],
        ),
    }  # fmt: skip
    figures, all_posts = heads[lang]
    path = workbook(
        tmp_path / "page.xlsx",
        {
            "Metrics": [
                ["Aggregated engagement metrics, organic and sponsored"],
                figures,
                ["11/17/2026", 300, 0, 300, 210, 4, 9, 0.04],
                ["11/18/2026", 410, 0, 410, 300, 6, 0, 0.05],
            ],
            "All posts": [
                ["Engagement metrics of the posts that were published"],
                all_posts,
                ["Nous recrutons", "https://www.linkedin.com/feed/update/urn:li:activity:"
                 "7396000000000000001", "Organic", "Zoé Prat", "11/18/2026", 310, "", 6, 0.02, 8,
                 1, 0, 0.05, "Video"],
            ],
        },
    )  # fmt: skip
    (post,) = posts(path, account="@atelier-brindille")
    assert (post.platform, post.native_id) == ("linkedin", "urn:li:activity:7396000000000000001")
    assert (post.kind, post.author.handle) == ("video", "atelier-brindille")
    assert post.metrics.model_dump(exclude_none=True) == {
        "likes": 8, "replies": 1, "shares": 0, "clicks": 6, "impressions": 310,
    }  # fmt: skip
    own = [one for one in samples(path, account="@atelier-brindille") if one.scope == "own"]
    told = {(one.metric, one.captured_at): one.value for one in own}
    assert {one.entity for one in own} == {"linkedin:atelier-brindille"}
    assert told["impressions", at(19, 0)] == 410, "the end of the day that it is of"
    assert told["likes", at(19, 0)] == 0
    assert told["reach", at(18, 0)] == 210
    with pytest.raises(ImportRefused, match=r"whose figures these are → --account"):
        posts(path)


def test_linkedin_shares_of_a_member(tmp_path: Path) -> None:
    text = (
        "Date,ShareLink,ShareCommentary,SharedUrl,MediaUrl,Visibility\n"
        "2026-11-18 07:30:00,https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A"
        '7396000000000000001,"Nous recrutons,\nun sellier",https://brindille.example/,,PUBLIC\n'
    )
    path = write(tmp_path / "Shares.csv", text)
    assert taken(path) == ("linkedin_shares", "certain")
    (post,) = posts(path)
    assert post.id == "linkedin:urn:li:share:7396000000000000001"
    assert (post.text, post.links) == (
        "Nous recrutons,\nun sellier",
        ("https://brindille.example/",),
    )


def test_linkedin_puts_each_line_of_a_text_in_quotes(tmp_path: Path) -> None:
    head = "Date,ShareLink,ShareCommentary,SharedUrl,MediaUrl,Visibility\n"
    share = "https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A739600000000000000"
    text = (
        f'2026-11-18 07:30:00,{share}1,"Nous recrutons.""\n""""\n""Un ""sellier"", à l’atelier",,,'
        "MEMBER_NETWORK\n"
        f'2026-11-18 08:30:00,{share}2,"Elle dit ""oui""\npuis ""non""\n""Enfin""",,,PUBLIC\n'
    )
    posts_ = posts(write(tmp_path / "Shares_17529409.csv", head + text))
    assert [post.text for post in posts_] == [
        'Nous recrutons.\n\nUn "sellier", à l’atelier',
        'Elle dit "oui"\npuis "non"\n"Enfin"',
    ]


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_pinterest_figures_and_pins(tmp_path: Path, lang: str) -> None:
    head = {
        "en": "Date,Impressions,Engagements,Pin clicks,Outbound clicks,Saves",
        "fr": "Date,Impressions,Engagements,Clics sur l'épingle,Clics sortants,Enregistrements",
    }[lang]
    text = (
        "Analytics overview\nStart Date: 2026-11-16,,,,,\nEnd Date: 2026-11-18,,,,,\n\n"
        f"{head}\n2026-11-17,\"1,204\",80,41,9,12\n2026-11-18,-,0,,0,0\n"
    )  # fmt: skip
    path = write(tmp_path / "overview.csv", text)
    told = {
        (one.metric, one.captured_at): one.value
        for one in samples(path, account="brindille_atelier", timezone="America/New_York")
    }
    assert told["impressions", at(18, 5)] == 1204, "midnight in New York"
    assert told["clicks", at(19, 5)] == 0
    assert ("impressions", at(19, 5)) not in told, "a dash is no 0"
    pins = (
        "Pin ID,Pin link,Title,Description,Created at,Board,Impressions,Saves,Outbound clicks\n"
        "1140000000000000001,https://www.pinterest.com/pin/1140000000000000001/,Cartable,"
        "En cuir,2026-11-17T08:00:00,Cartables,310,12,4\n"
    )
    path = write(tmp_path / "pins.csv", pins)
    assert taken(path) == ("pinterest_pins", "certain")
    (pin,) = posts(path)
    assert (pin.id, pin.kind, pin.metrics.saves) == ("pinterest:1140000000000000001", "pin", 12)


def test_x_analytics_before_and_after_the_renaming(tmp_path: Path) -> None:
    before = (
        '"Tweet id","Tweet permalink","Tweet text","time","impressions","engagements",'
        '"engagement rate","retweets","replies","likes","user profile clicks","url clicks"\n'
        '"1990674000000000001","https://twitter.com/brindille/status/1990674000000000001",'
        '"On répare samedi","2026-11-18 07:30 +0000","1204.0","44.0","0.036","3.0","1.0","12.0",'
        '"2.0","9.0"\n'
    )
    after = (
        "Post id,Date,Post text,Post Link,Impressions,Likes,Engagements,Bookmarks,Shares,"
        "New follows,Replies,Reposts,Profile visits\n"
        '1990674000000000001,"Wed, Nov 18, 2026",On répare samedi,'
        "https://x.com/brindille/status/1990674000000000001,1204,12,44,2,1,0,1,3,2\n"
    )
    for text in (before, after):
        path = write(tmp_path / "x.csv", text)
        assert taken(path) == ("x_analytics", "certain")
        (post,) = posts(path)
        assert post.id == "x:1990674000000000001"
        assert (post.metrics.impressions, post.metrics.likes, post.metrics.shares) == (1204, 12, 3)


def test_youtube_studio(tmp_path: Path) -> None:
    text = (
        "Content,Video title,Video publish time,Duration,Views,Watch time (hours),Subscribers,"
        "Impressions,Impressions click-through rate (%)\n"
        "Total,,,,1500,12.5,3,9000,4.1\n"
        'Zx3_abcDEF1,Un cartable en dix minutes,"Nov 18, 2026",612,1400,12.1,3,8800,4.2\n'
    )
    path = write(tmp_path / "Table data.csv", text)
    assert taken(path) == ("youtube_studio", "certain")
    (post,) = posts(path)  # not the totals
    assert (post.id, post.url) == (
        "youtube:Zx3_abcDEF1",
        "https://www.youtube.com/watch?v=Zx3_abcDEF1",
    )
    assert (post.metrics.views, post.media[0].duration_s) == (1400, 612.0)
