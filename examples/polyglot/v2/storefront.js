// The storefront, release V2: what customers see.
const http = require("node:http");
const { createClient } = require("redis");

const BACKEND = process.env.BACKEND_URL;
const cache = createClient({ url: process.env.REDIS_URL });

const euros = (cents) => `${(cents / 100).toFixed(2)} EUR`;

async function productPage(id) {
  const entry = await cache.get(`product:${id}`);
  if (entry === null) return [404, { error: "no such product" }];
  const product = JSON.parse(entry);
  return [200, { name: product.title.toString(), price: `${product.price} EUR` }];
}

async function basketPage(query) {
  const quote = await ask("GET", `/quote?${query}`);
  return [200, { total: euros(quote.total.cents) }];
}

async function checkOut(basket) {
  const order = await ask("POST", "/orders", { product: basket.product, quantity: basket.quantity });
  return [201, { order: order.order }];
}

async function ask(method, path, body) {
  const response = await fetch(BACKEND + path, {
    method,
    headers: { "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`the backend answers ${response.status}`);
  return response.json();
}

async function route(request) {
  const url = new URL(request.url, "http://storefront");
  if (url.pathname.startsWith("/products/")) return productPage(url.pathname.split("/")[2]);
  if (url.pathname === "/basket") return basketPage(url.searchParams);
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return checkOut(JSON.parse(Buffer.concat(chunks)));
}

async function serve(request, response) {
  let status, body;
  try {
    [status, body] = await route(request);
  } catch (error) {
    console.error(error);
    [status, body] = [500, { error: "see the log" }];
  }
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

cache.connect().then(() => http.createServer(serve).listen(Number(process.env.PORT), "127.0.0.1"));
