/** The guide's pages are text: all that runs in them is the choice of colours that was made in the dashboard. */
import { applyTheme } from "./components/theme.ts";
import "./styles/guide.css";

applyTheme();
