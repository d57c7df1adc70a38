// Where whoever signs in writes their token, once for all tabs. It is kept as long as the page is open.
import { useGraphiQLActions } from "@graphiql/react";
import { useRef } from "react";

/** `change` gets the token; the schema is read anew, since it is only for whoever may come in. */
export function Token({ change }) {
  const { introspect } = useGraphiQLActions();
  const known = useRef("");
  const changed = ({ target }) => {
    const given = target.value.trim();
    if (given === known.current) return;
    known.current = given;
    change(given);
    introspect();
  };
  const entered = (event) => event.key === "Enter" && changed(event);
  return (
    <form className="matchkeeper-token" onSubmit={(event) => event.preventDefault()}>
      <label>
        Token <input type="password" autoComplete="off" placeholder="mk_..." onBlur={changed} onKeyDown={entered} />
      </label>
    </form>
  );
}
