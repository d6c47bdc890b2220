import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useId } from "react";
import { logIn, sessionQuery } from "../api/session.ts";
import { formText } from "../components/form-text.ts";
import { ProblemNotice } from "../components/notice.tsx";
import { ThemeChoice } from "../components/theme-choice.tsx";
import mark from "../posthorn.svg";

export function LoginPage() {
  const id = useId();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { mutate, isPending, error } = useMutation({
    mutationFn: logIn,
    onSuccess: async (session) => {
      queries.setQueryData(sessionQuery.queryKey, session);
      await navigate({ to: "/" });
    },
  });
  return (
    <main className="login">
      <title>Log in – Posthorn</title>
      <form
        className="panel"
        onSubmit={(event) => {
          event.preventDefault();
          mutate(formText(event.currentTarget, "token"));
        }}
      >
        <h1>
          <img src={mark} alt="" width="40" height="40" />
          Posthorn
        </h1>
        <div className="field">
          <label htmlFor={id}>API key or token</label>
          <input
            id={id}
            name="token"
            type="password"
            required
            autoComplete="current-password"
            spellCheck={false}
            aria-describedby={`${id}-hint`}
            // oxlint-disable-next-line jsx-a11y/no-autofocus -- the one thing to do here
            autoFocus
          />
        </div>
        {error !== null && <ProblemNotice error={error} />}
        <button type="submit" className="primary" disabled={isPending}>
          Log in
        </button>
        <p id={`${id}-hint`} className="faint">
          <code>npm run --silent posthorn -- token</code> prints one. It stays with the server: this
          browser gets a cookie that no script can read, until you log out or the server restarts.
        </p>
      </form>
      <ThemeChoice />
    </main>
  );
}
