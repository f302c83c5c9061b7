# The monitor, also as a sidecar, and with it the commands attach, detach and dump.
FROM node:24-slim
WORKDIR /streamgauge
RUN npm install --omit=dev streamgauge && mkdir /data && chown node /data
ENV PATH="/streamgauge/node_modules/.bin:$PATH"
USER node
VOLUME /data
EXPOSE 4680
CMD ["streamgauge", "monitor", "--host", "0.0.0.0", "--data", "/data", "--token-file", "/run/secrets/streamgauge/token"]
