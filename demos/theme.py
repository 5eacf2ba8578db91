"""The look: warm paper and ink by day, a dimmed hall by night. Every text and background pair passes WCAG AA."""

import gradio as gr
from gradio.themes import Base, Color
from gradio.themes.utils.fonts import GoogleFont

# Tones of one hue each. Teal 700 on paper is 5.3:1, teal 300 on night 9:1.
TEAL = Color(
    "#effaf8",
    "#d5f2ed",
    "#aee4dc",
    "#7ccfc5",
    "#4db3a8",
    "#2b968c",
    "#147a71",
    "#0c635d",
    "#0b4f4b",
    "#0b423f",
    "#04282a",
    name="teal",
)
PAPER = Color(
    "#fbf9f5",
    "#f4f0e8",
    "#e7e0d3",
    "#d3c9b8",
    "#a89c89",
    "#7d7263",
    "#5e5549",
    "#463f36",
    "#2c2823",
    "#1d1a17",
    "#131110",
    name="paper",
)


class Museum(Base):
    """IBM Plex Sans for reading, IBM Plex Mono for what the networks write.

    The fonts come with Gradio, so nothing is fetched from elsewhere. Only their weights 400 and 700 are whole there:
    the files of the others hold a few glyphs, and what is missing would come from another font letter by letter.
    """

    def __init__(self):
        super().__init__(
            primary_hue=TEAL,
            secondary_hue=TEAL,
            neutral_hue=PAPER,
            font=[
                GoogleFont("IBM Plex Sans", weights=(400, 700)),
                "Noto Sans CJK SC",
                "PingFang SC",
                "Microsoft YaHei",
                "system-ui",
                "sans-serif",
            ],
            font_mono=[
                GoogleFont("IBM Plex Mono", weights=(400, 700)),
                "Noto Sans Mono CJK SC",
                "ui-monospace",
                "monospace",
            ],
            radius_size=gr.themes.sizes.radius_sm,
        )
        self.name = "museum"
        self.set(
            body_background_fill="*neutral_50",
            body_background_fill_dark="*neutral_950",
            body_text_color="*neutral_900",
            body_text_color_dark="*neutral_100",
            body_text_color_subdued="*neutral_600",
            body_text_color_subdued_dark="*neutral_300",
            color_accent="*primary_700",
            color_accent_soft="*primary_100",
            color_accent_soft_dark="*primary_900",
            background_fill_primary="white",
            background_fill_primary_dark="*neutral_900",
            background_fill_secondary="*neutral_100",
            background_fill_secondary_dark="*neutral_800",
            border_color_primary="*neutral_200",
            border_color_primary_dark="*neutral_700",
            block_background_fill="transparent",
            block_background_fill_dark="transparent",
            block_border_width="0px",
            block_shadow="none",
            block_padding="6px 0px",
            form_gap_width="0px",
            layout_gap="14px",
            block_label_background_fill="transparent",
            block_label_background_fill_dark="transparent",
            block_label_text_color="*neutral_700",
            block_label_text_color_dark="*neutral_200",
            block_title_text_color="*neutral_700",
            block_title_text_color_dark="*neutral_200",
            block_title_text_weight="600",
            block_info_text_color="*neutral_600",
            block_info_text_color_dark="*neutral_300",
            input_background_fill="white",
            input_background_fill_dark="*neutral_900",
            input_border_color="*neutral_300",
            input_border_color_dark="*neutral_700",
            input_border_width="1px",
            input_placeholder_color="*neutral_500",
            input_placeholder_color_dark="*neutral_400",
            panel_background_fill="transparent",
            panel_background_fill_dark="transparent",
            button_primary_background_fill="*primary_700",
            button_primary_background_fill_hover="*primary_800",
            button_primary_background_fill_dark="*primary_300",
            button_primary_background_fill_hover_dark="*primary_200",
            button_primary_text_color="white",
            button_primary_text_color_dark="*neutral_950",
            button_secondary_background_fill="*neutral_100",
            button_secondary_background_fill_hover="*neutral_200",
            button_secondary_background_fill_dark="*neutral_800",
            button_secondary_background_fill_hover_dark="*neutral_700",
            button_secondary_text_color="*neutral_800",
            button_secondary_text_color_dark="*neutral_100",
            button_secondary_border_color="*neutral_300",
            button_secondary_border_color_dark="*neutral_700",
            checkbox_label_background_fill="transparent",
            checkbox_label_background_fill_dark="transparent",
            checkbox_label_background_fill_selected="*primary_100",
            checkbox_label_background_fill_selected_dark="*primary_900",
            checkbox_label_text_color="*neutral_800",
            checkbox_label_text_color_dark="*neutral_100",
            checkbox_label_border_color="*neutral_300",
            checkbox_label_border_color_dark="*neutral_700",
            checkbox_background_color_selected="*primary_700",
            checkbox_background_color_selected_dark="*primary_400",
            slider_color="*primary_600",
            slider_color_dark="*primary_400",
            link_text_color="*primary_700",
            link_text_color_dark="*primary_300",
            link_text_color_hover="*primary_800",
            link_text_color_hover_dark="*primary_200",
            link_text_color_visited="*primary_700",
            link_text_color_visited_dark="*primary_300",
            error_text_color="#a32018",
            error_text_color_dark="#ffb4ab",
        )
