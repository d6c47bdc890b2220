import { useState } from "react";
import { applyTheme, keepTheme, storedTheme, type Theme, themes } from "./theme.ts";

export function ThemeChoice() {
  const [theme, setTheme] = useState(storedTheme);
  const choose = (chosen: Theme) => {
    keepTheme(chosen);
    applyTheme(chosen);
    setTheme(chosen);
  };
  return (
    <label className="theme-choice">
      <span>Colours</span>
      <select value={theme} onChange={({ target }) => choose(target.value as Theme)}>
        {themes.map((each) => (
          <option key={each} value={each}>
            {each === "system" ? "as the system" : each}
          </option>
        ))}
      </select>
    </label>
  );
}
