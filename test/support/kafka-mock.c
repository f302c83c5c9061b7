/*
 * A broker that speaks the Kafka protocol and keeps its records in memory: the mock cluster of librdkafka as a process.
 *
 * Prints its address, then answers each line of stdin with "ok":
 *   topic NAME PARTITIONS    makes a topic
 *   fail API COUNT ERROR     the next COUNT requests of that API key are refused with that error code
 *   mend API                 no more of them
 *   down, up                 closes every connection and takes no new ones; takes them again
 * Ends with stdin.
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  char problem[256];
  rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), problem, sizeof problem);
  if (client == NULL) {
    fprintf(stderr, "%s\n", problem);
    return 1;
  }
  rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(client, 1);
  if (cluster == NULL) return 1;
  /* Its answers to ListOffsets (2) of later versions lack a field: a client that reads them loses its place. */
  rd_kafka_mock_set_apiversion(cluster, 2, 0, 3);
  printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
  fflush(stdout);

  char line[256], topic[200];
  int api, count, error, partitions;
  while (fgets(line, sizeof line, stdin) != NULL) {
    if (sscanf(line, "topic %199s %d", topic, &partitions) == 2) {
      rd_kafka_mock_topic_create(cluster, topic, partitions, 1);
    } else if (sscanf(line, "fail %d %d %d", &api, &count, &error) == 3) {
      while (count-- > 0) rd_kafka_mock_push_request_errors(cluster, (int16_t)api, 1, (rd_kafka_resp_err_t)error);
    } else if (sscanf(line, "mend %d", &api) == 1) {
      rd_kafka_mock_clear_request_errors(cluster, (int16_t)api);
    } else if (strncmp(line, "down", 4) == 0) {
      rd_kafka_mock_broker_set_down(cluster, -1);
    } else if (strncmp(line, "up", 2) == 0) {
      rd_kafka_mock_broker_set_up(cluster, -1);
    } else {
      fprintf(stderr, "unknown: %s", line);
      return 1;
    }
    printf("ok\n");
    fflush(stdout);
  }
  rd_kafka_mock_cluster_destroy(cluster);
  rd_kafka_destroy(client);
  return 0;
}
