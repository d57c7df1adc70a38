// The example tabs: one mentor's way from application to rematch, in the order to press them.
const UNMET = `
    userErrors {
      code
      message
      ... on TransitionNotAllowedError { blockers { code message file line } }
    }`;

const MOVED = `
    change { machine from { label } to { label } actorName effectiveAt }
    sideEffects { machine from { label } to { label } transition }${UNMET}`;

const example = (query, variables) => ({ query: query.trim(), variables: JSON.stringify(variables, null, 2) });

export const examples = [
  example(
    `
# 1. A new mentor. The tabs follow her; press Play in
# each, from left to right.
# "{unique}" in the variables becomes a new number each
# time, so that you can start over.
mutation Step1_Register($input: RegisterUserInput!) {
  registerUser(input: $input) {
    user {
      id
      name
      status { label }
      personas { id role status { label } matchStatus { label } partnerSite { name } }
    }${UNMET}
  }
}`,
    {
      input: {
        role: "MENTOR",
        name: "Rosa Alvarez",
        email: "rosa.alvarez+{unique}@example.org",
        partnerSite: "lincoln",
        mentorSiteList: "lincoln",
      },
    },
  ),
  example(
    `
# 2. She has finished her application: the platform itself
# moves her to screening.
# "{registerUser.user.id}" in the variables is filled from
# the answer of tab 1.
mutation Step2_Finish($input: UserTransitionInput!) {
  finishApplication(input: $input) {
    user { name status { label } }${MOVED}
  }
}`,
    { input: { userId: "{registerUser.user.id}" } },
  ),
  example(
    `
# 3. Screening is done: staff make her Active, and her
# persona becomes Ready To Be Matched.
mutation Step3_Activate($input: ChangeUserStatusInput!) {
  changeUserStatus(input: $input) {
    user { name status { label } personas { matchStatus { label } } }${MOVED}
  }
}`,
    { input: { userId: "{registerUser.user.id}", to: "ACTIVE" } },
  ),
  example(
    `
# 4a. Who is waiting for a mentor?
query Step4a_Find {
  personas(filter: { role: MENTEE, matchStatusIn: ["RTBM"] }, first: 1) {
    nodes { id user { name } matchStatus { label } partnerSite { name } }
    totalCount
  }
}`,
    {},
  ),
  example(
    `
# 4b. Match the two.
mutation Step4b_Match($input: MatchPersonasInput!) {
  matchPersonas(input: $input) {
    match {
      id
      status { label }
      canCommunicate
      mentor { user { name } matchStatus { label } }
      mentee { user { name } matchStatus { label } }
    }${MOVED}
  }
}`,
    {
      input: { mentorPersonaId: "{registerUser.user.personas.0.id}", menteePersonaId: "{personas.nodes.0.id}" },
    },
  ),
  example(
    `
# 5. The year is over. The mentor is unsure about a
# rematch: a new persona in Rescreening is made at once.
mutation Step5_Close($input: CloseMatchInput!) {
  closeMatch(input: $input) {
    match { status { label } answers { label valueLabel } }
    createdPersonas { id role matchStatus { label } user { name } }${MOVED}
  }
}`,
    {
      input: {
        matchId: "{matchPersonas.match.id}",
        closeReason: "LENGTH",
        mentorRematch: "MAYBE",
        menteeRematch: "NO",
      },
    },
  ),
  example(
    `
# 6. She does come back: put the new persona on a site and
# a site list, then make it Ready To Be Matched.
mutation Step6_MakeRTBM($place: PlacePersonaInput!, $ready: PersonaTransitionInput!) {
  placePersona(input: $place) {
    persona { partnerSite { name } mentorSiteList }
    userErrors { code message }
  }
  makeReadyToBeMatched(input: $ready) {
    persona { matchStatus { label } }${MOVED}
  }
}`,
    {
      place: {
        personaId: "{closeMatch.createdPersonas.0.id}",
        partnerSite: "riverside",
        mentorSiteList: "riverside",
      },
      ready: { personaId: "{closeMatch.createdPersonas.0.id}" },
    },
  ),
  example(
    `
# 7. Why not? Every button of this person, her personas
# and matches; each missing one with all its reasons and
# the line of the rule that says so.
query Step7_WhyNot($id: ID!) {
  user(id: $id) {
    name
    personas { role status { label } matchStatus { label } }
    availableTransitions(includeBlocked: true) {
      transition { label }
      subject { id }
      allowed
      blockers { code message file line }
      warnings { message }
    }
    history(last: 20) {
      nodes { effectiveAt machine from { label } to { label } transition actorName }
    }
  }
}`,
    { id: "{registerUser.user.id}" },
  ),
];
