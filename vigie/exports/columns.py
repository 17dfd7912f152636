"""The columns of the spreadsheets: their order is frozen, a new version appends. Each has a French
header and a line of the dictionary; `manual` columns belong to people and survive every export."""

from __future__ import annotations

from dataclasses import dataclass

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Column:
    """One column: English name (the key), French header, what it holds in both languages."""

    name: str
    title_fr: str
    fr: str
    en: str
    manual: bool = False

    def title(self, lang: str) -> str:
        return self.title_fr if lang == "fr" else self.name

    def text(self, lang: str) -> str:
        return self.fr if lang == "fr" else self.en


_NOT_PUBLIC_FR = "vide : non mesurable sur données publiques dans cette version"
_NOT_PUBLIC_EN = "empty: not measurable from public data in this version"
_C = Column

SHORTLIST: tuple[Column, ...] = (
    _C("creator_id", "id_createur", "réseau:identifiant, clé de fusion",
       "network:id, the merge key"),
    _C("display_name", "nom", "nom affiché", "name as displayed"),
    _C("person_or_brand", "type", "expert, créateur, ambassadeur, média, marque, autre",
       "expert, creator, ambassador, media, brand, other"),
    _C("primary_network", "reseau", "réseau", "network"),
    _C("handle", "compte", "identifiant public", "public handle"),
    _C("profile_url", "url_profil", "adresse du profil", "address of the profile"),
    _C("other_accounts", "autres_comptes", _NOT_PUBLIC_FR, _NOT_PUBLIC_EN),
    _C("bio_excerpt", "bio", "début de la présentation", "beginning of the bio"),
    _C("language", "langue", "langue la plus fréquente de ses publications",
       "most frequent language of its posts"),
    _C("declared_location", "lieu_declare", "lieu que le compte déclare",
       "place the account states"),
    _C("categories", "categories", "sujets du périmètre dont il parle", "watched topics it covers"),
    _C("verified", "verifie", "vérifié par le réseau", "verified by the network"),
    _C("account_created_on", "compte_cree_le", "création du compte", "creation of the account"),
    _C("followers", "abonnes", "abonnés à la dernière collecte", "followers as last collected"),
    _C("followers_delta_30d_pct", "abonnes_evolution_30j_pct", "évolution sur 30 jours, en %",
       "change over 30 days, in %"),
    _C("tier", "palier", "palier d’audience ; sous le premier : sous nano",
       "audience tier; under the first: below nano"),
    _C("tier_scheme", "bareme_paliers", "barème des paliers", "bounds of the tiers"),
    _C("posts_90d", "publications_90j", "publications collectées sur 90 jours",
       "posts collected in 90 days"),
    _C("posts_per_week", "publications_par_semaine", "moyenne par semaine depuis la première",
       "mean per week since the first"),
    _C("longest_gap_days", "plus_longue_absence_jours",
       "plus long intervalle entre deux publications",
       "longest stretch between two posts"),
    _C("last_post_on", "derniere_publication", "date de la dernière", "date of the last"),
    _C("format_mix", "formats", "part des formats, en %", "share of formats, in %"),
    _C("avg_likes", "moy_jaime", "moyenne par publication", "mean per post"),
    _C("avg_comments", "moy_commentaires", "moyenne par publication", "mean per post"),
    _C("avg_shares", "moy_partages", "moyenne par publication", "mean per post"),
    _C("avg_views", "moy_vues", "moyenne ; vide où le réseau ne les donne pas",
       "mean; empty where the network gives none"),
    _C("er_follower_median", "te_abonne_median", "médiane d’engagement / abonnés, en %",
       "median of engagement / followers, in %"),
    _C("er_view_median", "te_vue_median", "médiane d’engagement / vues, en %",
       "median of engagement / views, in %"),
    _C("er_vs_size_peers_pct", "te_rang_meme_taille_pct",
       "part des comptes de taille voisine qu’il dépasse, en %",
       "share of accounts of nearest size that it exceeds, in %"),
    _C("overperforming_p75", "surperformance_p75", _NOT_PUBLIC_FR, _NOT_PUBLIC_EN),
    _C("reach_low", "portee_estimee_basse", "estimation par publication, coefficients Radarly",
       "estimate per post, Radarly's coefficients"),
    _C("reach_central", "portee_estimee_centrale", "estimation par publication, courbe Sprinklr",
       "estimate per post, Sprinklr's curve"),
    _C("reach_high", "portee_potentielle", "potentielle : tous les abonnés",
       "potential: all followers"),
    _C("comment_like_ratio", "ratio_commentaires_jaime", "commentaires / mentions J’aime",
       "comments / likes"),
    _C("comment_like_ratio_vs_peers_z", "ratio_vs_pairs_z",
       "écart de ce rapport avec les comptes de même taille, en σ",
       "that ratio against accounts of its size, in σ"),
    _C("follower_jump_flags", "sauts_abonnes", "hausses de plus de 15 % en une semaine",
       "rises by more than 15 % in a week"),
    _C("following_follower_ratio", "abonnements_par_abonne", "abonnements / abonnés",
       "following / followers"),
    _C("repeated_commenter_share", "part_memes_commentateurs",
       "part des commentaires des mêmes personnes, de 0 à 1",
       "share of comments by the same people, 0 to 1"),
    _C("generic_comment_share", "part_commentaires_generiques",
       "part de commentaires passe-partout, de 0 à 1", "share of generic comments, 0 to 1"),
    _C("authenticity_signals", "indices_authenticite", "indices qui s’écartent de l’habitude",
       "signals that stand out"),
    _C("authenticity_confidence", "indices_confiance", "part des six indices qui sont connus",
       "share of the six signals that are known"),
    _C("sponsored_share_pct", "part_sponsorisee_pct", "publications signalées sponsorisées, en %",
       "posts marked as paid, in %"),
    _C("paid_post_performance_pct", "performance_sponsorise_pct",
       "engagement médian sponsorisé / organique, en %", "median engagement paid / organic, in %"),
    _C("brands_mentioned_90d", "marques_citees_90j", "marques suivies qu’il nomme",
       "watched brands it names"),
    _C("competitor_mentions_90d", "mentions_concurrents_90j", "mentions de concurrents",
       "mentions of competitors"),
    _C("our_brand_mentions_90d", "mentions_marque_90j", "mentions spontanées de votre marque",
       "earned mentions of your brand"),
    _C("topic_match_score", "pertinence", "pertinence, de 0 à 1", "relevance, 0 to 1"),
    _C("topic_match_terms", "termes_pertinents", "hashtags de ses publications sur vos sujets",
       "hashtags of its posts on your subjects"),
    _C("trend_ids", "tendances", "tendances auxquelles il participe", "trends it takes part in"),
    _C("net_sentiment_of_comments", "tonalite_commentaires",
       "tonalité nette des commentaires collectés", "net sentiment of the collected comments"),
    _C("brand_safety_flags", "alertes_image", _NOT_PUBLIC_FR, _NOT_PUBLIC_EN),
    _C("engager_overlap_with_shortlist_pct", "recouvrement_preselection_pct", _NOT_PUBLIC_FR,
       _NOT_PUBLIC_EN),
    _C("unique_contribution_pct", "contribution_unique_pct", _NOT_PUBLIC_FR, _NOT_PUBLIC_EN),
    _C("influence_score", "score_influence", "de 0 à 100, à la dernière analyse",
       "0 to 100, as of the last analysis"),
    _C("score_components_json", "composantes_score_json", "composantes de 0 à 1",
       "components, 0 to 1"),
    _C("evidence_post_urls", "publications_a_l_appui", "adresses des publications à l’appui",
       "addresses of the posts it rests on"),
    _C("first_seen_on", "vu_depuis", "première publication collectée", "first collected post"),
    _C("data_as_of", "donnees_au", "date des données", "date of the data"),
    _C("collection_method", "methode_collecte", "source des données", "where the data come from"),
    _C("contact_public", "contact_public", "vide : jamais déduit", "empty: never inferred"),
    _C("status", "statut", "à remplir", "yours to fill in", manual=True),
    _C("owner", "responsable", "à remplir", "yours to fill in", manual=True),
    _C("rate_card", "tarifs", "à remplir", "yours to fill in", manual=True),
    _C("cpe_estimate", "cpe_estime", "à remplir", "yours to fill in", manual=True),
    _C("notes", "notes", "à remplir", "yours to fill in", manual=True),
    _C("consent_note", "consentement", "à remplir", "yours to fill in", manual=True),
)  # fmt: skip

POSTS: tuple[Column, ...] = (
    _C("id", "id", "réseau:identifiant", "network:id"),
    _C("platform", "reseau", "réseau", "network"),
    _C("kind", "type", "type de publication", "kind of post"),
    _C("url", "url", "adresse", "address"),
    _C("author", "auteur", "identifiant public", "public handle"),
    _C("author_name", "nom_auteur", "nom affiché", "name as displayed"),
    _C("author_followers", "abonnes_auteur", "abonnés à la collecte", "followers when collected"),
    _C("published_at", "publie_le", "date ISO, UTC", "ISO date, UTC"),
    _C("collected_at", "collecte_le", "date ISO, UTC", "ISO date, UTC"),
    _C("language", "langue", "langue lue", "language as read"),
    _C("title", "titre", "titre", "title"),
    _C("text", "texte", "texte", "text"),
    _C("hashtags", "hashtags", "hashtags", "hashtags"),
    _C("origin", "origine", "owned, earned, comment, paid ; vide : inconnue",
       "owned, earned, comment, paid; empty: unknown"),
    _C("owner", "marque_editrice", "marque qui publie, ou sous la publication de laquelle",
       "brand that published it, or under whose post it stands"),
    _C("brands", "marques", "marques nommées", "brands it names"),
    _C("topics", "sujets", "sujets du périmètre", "watched topics"),
    _C("sentiment", "tonalite", "lue par un modèle, ou corrigée", "read by a model, or corrected"),
    _C("likes", "jaime", "vide : inconnu", "empty: unknown"),
    _C("shares", "partages", "vide : inconnu", "empty: unknown"),
    _C("replies", "reponses", "vide : inconnu", "empty: unknown"),
    _C("quotes", "citations", "vide : inconnu", "empty: unknown"),
    _C("saves", "enregistrements", "vide : inconnu", "empty: unknown"),
    _C("views", "vues", "vide : inconnu", "empty: unknown"),
    _C("engagement", "engagement", "somme des compteurs publics ; vide si l’un est inconnu",
       "sum of public counters; empty where one is unknown"),
    _C("story_id", "sujet_repris", "première publication du même sujet",
       "first post of the same story"),
)  # fmt: skip

COUNTS = frozenset(
    {"likes", "shares", "replies", "quotes", "saves", "views", "engagement", "author_followers"}
)
