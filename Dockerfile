# askonce in one image: `askonce run` for a shop, Celery for an agency. docs/deployment.md says the rest.
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements-build.lock requirements.lock ./
RUN python -m venv /opt/askonce \
 && python -m venv /build \
 && /build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.lock \
 && /build/bin/uv pip install --python /opt/askonce --no-cache --compile-bytecode --require-hashes -r requirements.lock
COPY . .
RUN /build/bin/uv build --wheel --no-build-isolation --python /build --out-dir /wheel \
 && /build/bin/uv pip install --python /opt/askonce --no-cache --compile-bytecode --no-deps /wheel/*.whl

FROM python:3.13-slim
COPY --from=build /opt/askonce /opt/askonce
RUN useradd --uid 1000 --home-dir /shop --create-home askonce && chmod 700 /shop
ENV PATH=/opt/askonce/bin:$PATH PYTHONUNBUFFERED=1
USER 1000
# sellers.toml, .env, and var/ with the ledger
WORKDIR /shop
VOLUME /shop
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=1m --timeout=30s --start-period=2m CMD ["askonce", "check", "--quick"]
CMD ["askonce", "run"]
