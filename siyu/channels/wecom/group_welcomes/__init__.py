"""Group welcomes (入群欢迎语素材): made here, hung on a group by its owner in the client."""
