// An OpenID provider on loopback, for tests of single sign-on and for trying it out: oidc-provider with accounts in memory.
//
//   node provider.mjs [--port PORT] [--redirect ADDRESS]… [--back-channel-logout ADDRESS] [--accounts JSON]
//                     [--client-id ID] [--client-secret SECRET] [--claims id-token|userinfo] [--code-seconds SECONDS]
//
// The first line on stdout that begins with "issuer " names the issuer. Nobody has a password: whoever names an account
// in the form, in `?login=ACCOUNT` of its address or in `login_hint` of the sign-in is signed in as it. `--accounts` gives
// claims by account; an account that is not among them has its name and no groups.
//
// POST /test/rotate-keys signs with a new key from then on and publishes it alone. /session/end ends the session at the
// provider, which then calls --back-channel-logout.

import { createServer } from 'node:http';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { Provider } from 'oidc-provider';

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    redirect: { type: 'string', multiple: true, default: [] },
    'back-channel-logout': { type: 'string' },
    accounts: { type: 'string', default: '{}' },
    'client-id': { type: 'string', default: 'rollcall' },
    'client-secret': { type: 'string', default: 'a-secret-of-the-tests' },
    claims: { type: 'string', default: 'userinfo' },
    'code-seconds': { type: 'string', default: '60' },
  },
});

const accounts = new Map(Object.entries(JSON.parse(options.accounts)));
const cookieKeys = [randomBytes(16).toString('hex')];

const server = createServer();
server.listen(Number(options.port), '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;

function client(id, extra) {
  return {
    client_id: id,
    client_secret: options['client-secret'],
    redirect_uris: options.redirect,
    response_types: ['code'],
    grant_types: ['authorization_code'],
    ...extra,
  };
}

// The subject is not the account's name, as at most providers.
const PREFIX = 'sub-of-';

function claimsOf(subject) {
  const account = subject.slice(PREFIX.length);
  return { preferred_username: account, name: account, groups: [], ...accounts.get(account), sub: subject };
}

function newProvider() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const logout = options['back-channel-logout'] && {
    backchannel_logout_uri: options['back-channel-logout'],
    backchannel_logout_session_required: true,
  };
  const provider = new Provider(issuer, {
    // Sessions and codes lie in the memory of the module, so they outlive a change of keys.
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] },
    clients: [client(options['client-id'], logout), client('another-client')],
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email'],
      groups: ['groups'],
    },
    scopes: ['openid'],
    conformIdTokenClaims: options.claims !== 'id-token',
    features: {
      backchannelLogout: { enabled: true },
      devInteractions: { enabled: false },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = html('Sign out', `${form}<button form="op.logoutForm" name="logout" value="yes">Sign out</button>`);
        },
        postLogoutSuccessSource: (ctx) => {
          ctx.body = html('Signed out', '<p>Signed out.</p>');
        },
      },
    },
    pkce: { required: () => true },
    cookies: { keys: cookieKeys },
    clockTolerance: 0,
    ttl: {
      AccessToken: 600, AuthorizationCode: Number(options['code-seconds']), Grant: 3600, IdToken: 600, Interaction: 600, Session: 3600,
    },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, id) => ({ accountId: id, claims: () => claimsOf(id) }),
    // Nobody is asked whether Rollcall may see what it asks for.
    async loadExistingGrant(ctx) {
      const { client: asking, session, provider: here } = ctx.oidc;
      const known = session.grantIdFor(asking.clientId);
      if (known) return here.Grant.find(known);
      const grant = new here.Grant({ accountId: session.accountId, clientId: asking.clientId });
      grant.addOIDCScope('openid profile email groups');
      await grant.save();
      return grant;
    },
    renderError: (ctx, out) => {
      ctx.type = 'json';
      ctx.body = out;
    },
    // Back-channel logout goes to loopback, which the library takes for an attack unless it is told otherwise.
    fetch: (address, { dispatcher, ...rest }) => globalThis.fetch(address, rest),
  });
  provider.on('server_error', (_, error) => console.error('server error:', error));
  provider.on('backchannel.error', (_, error) => console.error('back-channel logout:', error));
  return provider;
}

/** A page that needs nothing from anywhere else. */
function html(title, content) {
  return `<!doctype html><html lang="en"><title>${title}</title>${content}</html>`;
}

const form = '<form><label>Account <input name="login" autofocus required></label> <button>Sign in</button></form>';

/** Signs in whoever says who they are, and asks others. */
async function interact(provider, request, response) {
  const { prompt, params } = await provider.interactionDetails(request, response);
  const login = new URL(request.url, issuer).searchParams.get('login') ?? params.login_hint;
  if (prompt.name === 'login' && login) {
    await provider.interactionFinished(request, response, { login: { accountId: PREFIX + login } }, { mergeWithLastSubmission: false });
  } else {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html('Sign in', form));
  }
}

let current = newProvider();

server.on('request', (request, response) => {
  if (request.method === 'POST' && request.url === '/test/rotate-keys') {
    current = newProvider();
    response.writeHead(204).end();
  } else if (request.url.startsWith('/interaction/')) {
    interact(current, request, response).catch((error) => response.writeHead(400).end(String(error)));
  } else {
    current.callback()(request, response);
  }
});

console.log(`issuer ${issuer}`);
