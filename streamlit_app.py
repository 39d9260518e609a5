"""The dashboard's entry: `streamlit run streamlit_app.py` or `posture app`."""

from posture.app.main import show

show()
